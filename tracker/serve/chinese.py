"""The pages' words in Chinese, by their English text; a plural stands under its singular."""

CHINESE: dict[str, str] = {
    # What stands on every page
    "Skip to content": "跳到内容",
    "Language": "语言",
    "What is counted, kept and told": "我们统计什么、保存什么、告诉谁",
    "We count garments, not people.": "只数衣服，不数人。",
    # Orders
    "Orders": "订单",
    "Now %(moment)s": "现在 %(moment)s",
    "estimated %(moment)s": "估算于 %(moment)s",
    "No connection. What you see is old.": "连接已断开，显示的是旧数据。",
    "Orders by outlook": "各状态的订单数",
    "No orders yet": "还没有订单",
    "Make a sheet with the first command, fill it in, read it with the second:": (
        "用第一条命令生成表格，填好后用第二条命令导入："
    ),
    "Cameras that do not see": "看不见的摄像头",
    "Needs you": "需要处理",
    "Going well": "进展正常",
    "The others": "其他",
    # How an order stands
    "Late": "延误",
    "At risk": "有风险",
    "To check": "待核对",
    "On track": "正常",
    "No data": "无数据",
    "Waiting": "等待中",
    "Done": "已完成",
    "no due date": "无交期",
    "due today": "今天到期",
    "%(num)d day left": "还剩 %(num)d 天",
    "%(num)d day over": "超期 %(num)d 天",
    "No news since %(moment)s: the figures may be too low.": "%(moment)s 之后没有新数据，数字可能偏低。",
    "Ready to deliver": "可交付",
    "Work done": "工作量",
    "Finish": "完工",
    "Finished": "完工",
    "In time?": "能否按期",
    "Way through the workshop": "工序进度",
    "outside": "外发",
    "not seen": "看不见",
    "%(line)s: %(num)d missing": "%(line)s：缺 %(num)d",
    "%(what)s: %(middle)s, between %(low)s and %(high)s": "%(what)s：%(middle)s，在 %(low)s 到 %(high)s 之间",
    "%(step)s, none due yet": "%(step)s中，还没到出成品的时候",
    "none due yet": "还没到出成品的时候",
    "almost certainly": "几乎肯定能",
    "very likely": "很有可能",
    "probably": "大概能",
    "could go either way": "一半一半",
    "probably not": "大概不能",
    "very unlikely": "多半不能",
    "almost certainly not": "几乎肯定不能",
    # What to do
    "The due date has passed: agree a new one with %(customer)s.": "交期已过：请与%(customer)s商定新交期。",
    "Count it by hand and enter the number.": "请人工清点并录入。",
    "Most work left: %(step)s, %(number)s to go. Add time there, or tell %(customer)s now.": (
        "剩余工作最多的是%(step)s，还差 %(number)s。请在这里加时间，或现在就告诉%(customer)s。"
    ),
    "Tell %(customer)s now.": "请现在告诉%(customer)s。",
    "Keep an eye on it. Most work left: %(step)s, %(number)s to go.": (
        "请多留意。剩余工作最多的是%(step)s，还差 %(number)s。"
    ),
    "Keep an eye on it.": "请多留意。",
    "Pieces are missing: recut them, or agree with %(customer)s to deliver fewer.": (
        "数量不足：请补片，或与%(customer)s商定少交。"
    ),
    "Give it a due date: without one nobody can say whether it is in time.": "请填交期：没有交期就无法判断是否按期。",
    "Not begun, or nobody sees it: begin, or enter what has been done.": (
        "尚未开始，或没有摄像头看到：请开工，或录入已完成的数量。"
    ),
    "Enough pieces are ready: ship it and close the order.": "数量已够：请发货并关闭订单。",
    "Offered: accept or refuse it.": "新询单：请接受或拒绝。",
    "Held: goes on when %(customer)s says so.": "已暂停：等%(customer)s通知后继续。",
    # Pieces of nobody
    "Pieces that belong to no order": "未归属订单的件数",
    "piece": "件",
    "No step": "未指定工序",
    "since %(moment)s": "%(moment)s 起",
    "Nobody can tell whose they are, so no order counts them. Say in the schedule who works on what.": (
        "无法判断属于哪个订单，所以没有计入任何订单。请在排程里写明哪道工序在做哪个订单。"
    ),
    # Cameras
    "Cameras": "摄像头",
    "No cameras. Orders move by what people count and enter.": "没有摄像头。订单进度由人工清点录入。",
    "Range wider for %(orders)s.": "%(orders)s的范围因此变宽。",
    "%(names)s and %(number)d more": "%(names)s等（另有 %(number)d 个）",
    ", ": "、",
    "%(cameras)s: %(state)s.": "%(cameras)s：%(state)s。",
    "%(state)s (%(reason)s)": "%(state)s（%(reason)s）",
    "%(state)s since %(moment)s": "%(moment)s 起%(state)s",
    "watching": "正常",
    "starting": "正在启动",
    "paused": "已暂停",
    "blind": "看不见",
    "no pictures": "没有画面",
    "switched off": "已关闭",
    "video ended": "录像已播完",
    "%(number)d came back": "退回 %(number)d 件",
    "cannot be reached": "连不上",
    "connection lost": "连接中断",
    "sees nothing": "看不见",
    "the picture stands still": "画面卡住不动",
    "dark": "太暗",
    "covered": "镜头被遮住",
    "it was moved: put it back, or confirm the new view": "摄像头被移动了：请移回原位，或确认新画面",
    "the computer's clock was set or is wrong": "电脑时间被改过或不准",
    "wrong user name or password": "用户名或密码不对",
    "no such stream: check its address": "没有这个视频流：请检查地址",
    "no answer: check power and network": "没有应答：请检查电源和网络",
    "pictures unreadable": "画面无法读取",
    # Steps
    "Materials": "备料",
    "Sample": "样衣",
    "Cutting": "裁剪",
    "Printing": "印花",
    "Embroidery": "绣花",
    "Issuing": "发料",
    "Sewing": "缝制",
    "Washing": "水洗",
    "Finishing": "后整",
    "QC": "质检",
    "Packing": "包装",
    "Shipping": "发货",
    # Figures, days and times
    "%(num)d piece": "%(num)d 件",
    "%(num)d pair": "%(num)d 双",
    "%(num)d set": "%(num)d 套",
    "all": "全部",
    "today %(time)s": "今天 %(time)s",
    "%(weekday)s %(day)d %(month)s": "%(month)s%(day)d日 %(weekday)s",
    "%(date)s %(year)d": "%(year)d年%(date)s",
    "%(day)d %(month)s": "%(month)s%(day)d日",
    "%(first)d–%(last)d %(month)s": "%(month)s%(first)d–%(last)d日",
    "Mon": "周一",
    "Tue": "周二",
    "Wed": "周三",
    "Thu": "周四",
    "Fri": "周五",
    "Sat": "周六",
    "Sun": "周日",
    "Jan": "1月",
    "Feb": "2月",
    "Mar": "3月",
    "Apr": "4月",
    "May": "5月",
    "Jun": "6月",
    "Jul": "7月",
    "Aug": "8月",
    "Sep": "9月",
    "Oct": "10月",
    "Nov": "11月",
    "Dec": "12月",
    # When something is wrong
    "There is no such page.": "没有这个页面。",
    "The database does not answer.": "数据库没有响应。",
    "It may be busy, or its disk full. Nothing is lost. Try again in a few seconds.": (
        "可能正忙，或磁盘已满。数据没有丢失，请几秒后再试。"
    ),
    "Something went wrong.": "出错了。",
    "It was written to the log. Nothing is lost.": "已写入日志，数据没有丢失。",
    "This cannot be answered.": "无法处理这个请求。",
    "To the orders": "查看订单",
    # The workers' notice
    "For everyone who works here. Fairloom counts garments, not people. You need no login to read this page.": (
        "写给在这里工作的每一个人。Fairloom 只数衣服，不数人。看这一页不需要登录。"
    ),
    "What is counted": "统计什么",
    "Pieces, bundles and packs that go past a line or from one place to another: how many, when, at which step.": (
        "经过一条线、或从一处移到另一处的裁片、扎和包：多少件、什么时间、哪道工序。"
    ),
    "How many pieces lie in a marked place.": "划定的位置里放着多少件。",
    "For a group of three or more seats only: how many minutes of an hour the place was busy. Never for "
    "fewer seats, never for one person.": (
        "只对三个工位以上的小组：一小时里有多少分钟在工作。少于三个工位不统计，绝不针对个人。"
    ),
    "What never exists here": "绝对没有的东西",
    "No picture or film is written to disk or shown on any page. Pictures live in the machine's memory for a "
    "moment and are gone.": ("没有任何照片或录像存盘，也不会显示在任何页面上。画面只在机器内存里停留片刻，随即消失。"),
    "No names, numbers or faces of people, no recognising anybody again, no posture, no mood. Models that "
    "offer such things are refused.": (
        "没有人的姓名、编号、人脸，不会再次认出谁，不看姿势，不看情绪。带有这些功能的模型一律拒绝加载。"
    ),
    "No list, ranking or pay by person. Counts are no basis for pay: they do not know who made a piece.": (
        "没有按人的清单、排名或工资。计数不能用来算工资：它不知道哪件是谁做的。"
    ),
    "The cameras, and why each hangs there": "有哪些摄像头，各自为什么装在那里",
    "Counts at:": "统计工序：",
    "There are no cameras now.": "现在没有摄像头。",
    "A paused camera raises no alarm: the time counts as not seen, never as no work.": (
        "暂停摄像头不会报警：这段时间记为“没看见”，绝不记为“没干活”。"
    ),
    "What is kept, and how long": "保存什么，保存多久",
    "Single counts: meant for 72 hours, then folded into totals of an order, a step and a day.": (
        "单次计数：计划保存 72 小时，之后合并成订单、工序、日期的合计。"
    ),
    "Orders, their totals and what was said about them: until 30 days after the order is closed.": (
        "订单、合计和有关订单的记录：保存到订单关闭后 30 天。"
    ),
    "A log of what was changed and told, without names: for good, so that nobody can rewrite it.": (
        "改动和对外告知的日志，不含姓名：永久保存，让谁也不能事后改写。"
    ),
    "In this version nothing is deleted by itself yet. Until it is, the periods above are a promise to be "
    "kept by hand.": ("目前这个版本还不会自动删除。在此之前，上面的期限是需要人工兑现的承诺。"),
    "What outsiders see": "外面的人能看到什么",
    "A customer sees only the released status of an order: a step of %(band)s per cent, a range of days for "
    "the finish, one word such as on track or late. It changes once in %(minutes)s minutes at most. No times "
    "of day, no cameras, no places, no people. Whatever leaves is written into the log.": (
        "客户只能看到订单的发布状态：以百分之 %(band)s 为一档的进度、完工日期的范围、一个词（例如正常或延误）"
        "，最多每 %(minutes)s 分钟变一次。没有具体时刻，没有摄像头，没有位置，没有人。凡是告知外面的都写入日"
        "志。"
    ),
    "What this cannot hide": "还有什么藏不住",
    "When two or three people make an order, its daily total says something about how fast they are, to "
    "whoever knows who made it. Rounding does not help against that. What helps: Fairloom does not know who "
    "made what, keeps little, and shows totals by order only.": (
        "一个订单只由两三个人做时，知道是谁做的人能从每天的合计看出他们的快慢。四舍五入挡不住这一点。"
        "能起作用的是：Fairloom 不知道谁做了什么，保存得少，只按订单显示合计。"
    ),
    "Whom to ask": "有问题找谁",
    "The owner or manager of %(shop)s answers for this installation. You may see every total, object to it, "
    "and ask for a camera to be paused or taken down.": (
        "%(shop)s的老板或负责人对这套设备负责。你可以查看每一个合计、提出异议，也可以要求暂停或拆除摄像头。"
    ),
    "How it works can be read by anyone: the program and its source are free (AGPL-3.0).": (
        "它怎么工作，谁都可以查看：程序和源代码都是自由软件（AGPL-3.0）。"
    ),
}
