"""What can be changed, one class a topic; ``WriteUnit`` joins them."""
