"""What can be asked, one class a topic; ``ReadView`` joins them."""
