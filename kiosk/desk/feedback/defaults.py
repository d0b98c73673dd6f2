"""What a store starts with until its manager edits it: one survey for kiosks, one for counters, a list of urgent words."""

from kiosk.desk.feedback.views import Reason, Survey

_BAD, _GOOD = [1, 2, 3], [4, 5]

SATISFACTION = Survey(
    slug="satisfaction",
    question={"zh": "您对今天的购物满意吗？", "en": "How was your visit today?"},
    thanks={"zh": "谢谢您！", "en": "Thank you!"},
    reasons=[
        Reason("queue", {"zh": "排队太久", "en": "Long queues"}, _BAD),
        Reason("staff", {"zh": "服务态度", "en": "Unfriendly staff"}, _BAD),
        Reason("quality", {"zh": "商品质量", "en": "Quality of goods"}, _BAD),
        Reason("price", {"zh": "价格不符", "en": "Prices"}, _BAD),
        Reason("stock", {"zh": "缺货", "en": "Out of stock"}, _BAD),
        Reason("clean", {"zh": "环境卫生", "en": "Cleanliness"}, _BAD),
        Reason("good-staff", {"zh": "服务热情", "en": "Friendly staff"}, _GOOD),
        Reason("good-quality", {"zh": "商品新鲜", "en": "Fresh goods"}, _GOOD),
        Reason("good-price", {"zh": "价格实惠", "en": "Good prices"}, _GOOD),
        Reason("good-choice", {"zh": "品种齐全", "en": "Wide choice"}, _GOOD),
        Reason("good-speed", {"zh": "结账快捷", "en": "Fast checkout"}, _GOOD),
        Reason("good-clean", {"zh": "干净整洁", "en": "Clean and tidy"}, _GOOD),
    ],
)

SERVICE = Survey(
    slug="service",
    question={"zh": "请评价本次服务", "en": "Please rate this service"},
    thanks={"zh": "谢谢您的评价！", "en": "Thank you for rating us!"},
    reasons=[
        Reason("slow", {"zh": "等候太久", "en": "Too slow"}, _BAD),
        Reason("unfriendly", {"zh": "态度不好", "en": "Unfriendly"}, _BAD),
        Reason("unsolved", {"zh": "问题没解决", "en": "Not solved"}, _BAD),
        Reason("unclear", {"zh": "解释不清楚", "en": "Unclear answer"}, _BAD),
        Reason("friendly", {"zh": "态度亲切", "en": "Friendly"}, _GOOD),
        Reason("quick", {"zh": "办理迅速", "en": "Quick"}, _GOOD),
        Reason("solved", {"zh": "问题已解决", "en": "Solved"}, _GOOD),
        Reason("clear", {"zh": "解释清楚", "en": "Well explained"}, _GOOD),
    ],
    counters=True,
    complaint=False,
)

SURVEYS = (SATISFACTION, SERVICE)

# Whole words and phrases. Single Chinese characters such as 火 would be found in 火锅 (hot pot) and 火腿 (ham).
URGENT_WORDS = (
    # injury
    *(
        "受伤",
        "摔伤",
        "摔倒",
        "滑倒",
        "跌倒",
        "流血",
        "出血",
        "骨折",
        "烫伤",
        "割伤",
        "砸伤",
        "夹伤",
        "晕倒",
        "昏倒",
        "触电",
        "救护车",
        "受傷",
    ),
    *(
        "injury",
        "injured",
        "injuries",
        "hurt",
        "bleeding",
        "fell",
        "slipped",
        "broken bone",
        "burned",
        "fainted",
        "unconscious",
        "ambulance",
    ),
    # fire
    *("着火", "起火", "失火", "火灾", "冒烟", "烧焦", "漏电", "燃气泄漏", "煤气泄漏", "爆炸", "著火", "火災"),
    *("fire", "on fire", "smoke", "burning", "explosion", "gas leak"),
    # theft and threat
    *("小偷", "偷窃", "盗窃", "被偷", "偷东西", "扒手", "抢劫", "打架", "打人", "威胁", "持刀", "报警"),
    *("theft", "thief", "stolen", "steal", "stealing", "robbed", "robbery", "pickpocket", "fight", "threatened", "knife", "police"),
    # spoiled food
    *(
        "变质",
        "发霉",
        "霉变",
        "过期",
        "腐烂",
        "发臭",
        "馊了",
        "生虫",
        "有虫",
        "虫子",
        "食物中毒",
        "中毒",
        "拉肚子",
        "腹泻",
        "呕吐",
        "异物",
        "玻璃渣",
        "變質",
    ),
    *(
        "spoiled",
        "spoilt",
        "rotten",
        "mouldy",
        "moldy",
        "mould",
        "mold",
        "expired",
        "maggot",
        "maggots",
        "food poisoning",
        "vomiting",
        "glass in",
    ),
    # children
    *("小孩", "孩子", "儿童", "婴儿", "宝宝", "走失", "走丢", "拐卖", "兒童"),
    *("child", "children", "baby", "kid", "kids", "lost child"),
)
