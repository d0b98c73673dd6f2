"""What the feedback kiosk says aloud: fixed sentences by name, in every language of the product.

A screen asks for one of these names and never for a text of its own, so that nobody can make the kiosk say something else.
"""

from collections.abc import Mapping
from typing import Final

# name -> language -> sentence. The names are those of the kiosk's screens (kiosk/web/static/kiosk/screens.js).
PROMPTS: Final[Mapping[str, Mapping[str, str]]] = {
    "rate": {
        "zh": "请为今天的购物体验评分。点一下屏幕上的一个笑脸，或按数字键。",
        "en": "Please rate your visit today. Tap one of the faces on the screen, or press its number.",
    },
    "more": {
        "zh": "谢谢您的评分。您还可以选择原因、留言或者投诉，也可以直接按完成。",
        "en": "Thank you for your rating. You may choose reasons, leave a comment or make a complaint, or simply press done.",
    },
    "comment": {
        "zh": "请输入您的意见，然后按发送。",
        "en": "Please type your comment, then press send.",
    },
    "complaint": {
        "zh": "请告诉我们发生了什么，然后按下一步。",
        "en": "Please tell us what happened, then press next.",
    },
    "contact": {
        "zh": "如果您希望我们答复，请留下电话。也可以不留联系方式直接发送。",
        "en": "If you would like an answer, please leave a telephone number. You may also send without one.",
    },
    "phone": {
        "zh": "用手机扫描屏幕上的二维码，就可以在手机上继续。",
        "en": "Scan the code on the screen with your phone to go on there.",
    },
    "case": {
        "zh": "您的投诉已登记。请记下屏幕上的编号和查询码，或者取走打印的小票。",
        "en": "Your complaint has been recorded. Please note the number and the code on the screen, or take the printed slip.",
    },
    "done": {
        "zh": "谢谢您，再见。",
        "en": "Thank you, and goodbye.",
    },
    "closed": {
        "zh": "现在不收集评价。如有需要，请到服务台。",
        "en": "Ratings are closed at the moment. If you need anything, please come to the service desk.",
    },
    "idle": {
        "zh": "您还在吗？如果需要更多时间，请按“继续”。",
        "en": "Are you still there? If you need more time, press more time.",
    },
    "counter": {
        "zh": "请为刚才的服务评分。点一下屏幕上的一个笑脸，或按数字键。",
        "en": "Please rate this service. Tap one of the faces on the screen, or press its number.",
    },
}
