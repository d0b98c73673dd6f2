// Which keys there are, and what they are called in both languages of the kiosk.

const LETTERS = ["q w e r t y u i o p", "a s d f g h j k l"];

/** Rows of keys by the layout's name; ``{name}`` is a key that does something, ``multiline`` fields also get {enter}. */
export function layouts(multiline) {
  const enter = multiline ? " {enter}" : "";
  return {
    zh: [...LETTERS, "{apart} z x c v b n m {bksp}", `{symbols} {language} ， {space} 。${enter} {done}`],
    en: [...LETTERS, "{shift} z x c v b n m {bksp}", `{symbols} {language} , {space} .${enter} {done}`],
    capitals: [
      ...LETTERS.map((row) => row.toUpperCase()),
      "{shift} Z X C V B N M {bksp}",
      `{symbols} {language} , {space} .${enter} {done}`,
    ],
    "zh-symbols": [
      "1 2 3 4 5 6 7 8 9 0",
      "！ ？ ： ； 、 “ ” （ ）",
      "@ # % + - / ¥ … {bksp}",
      `{letters} {language} ， {space} 。${enter} {done}`,
    ],
    "en-symbols": [
      "1 2 3 4 5 6 7 8 9 0",
      "! ? : ; ' \" ( ) &",
      "@ # % + - / ¥ _ {bksp}",
      `{letters} {language} , {space} .${enter} {done}`,
    ],
    digits: ["1 2 3", "4 5 6", "7 8 9", "{bksp} 0 {done}"],
    email: ["1 2 3 4 5 6 7 8 9 0", ...LETTERS, "_ z x c v b n m {bksp}", "@ . - @qq.com @163.com {done}"],
  };
}

/** Keys that are wider than one letter. */
export const WIDE = [
  {
    class: "osk-key--wide",
    buttons: "{symbols} {letters} {language} {shift} {apart} {bksp} {enter} {done} @qq.com @163.com",
  },
  { class: "osk-key--space", buttons: "{space}" },
  { class: "osk-key--done", buttons: "{done}" },
];

export const LABELS = {
  zh: {
    keyboard: "屏幕键盘",
    bksp: "删除",
    space: "空格",
    enter: "换行",
    done: "完成",
    shift: "大写",
    apart: "分词",
    symbols: "123？",
    letters: "字母",
    toEnglish: "英文",
    toChinese: "中文",
    candidates: "候选词",
    previous: "上一页",
    next: "下一页",
    hint: "输入拼音，例如 tuihuo",
    noWords: "没有对应的字词",
    unavailable: "词库暂不可用，请用英文或数字",
    names: { "@": "at", ".": "点", "-": "减号", _: "下划线", "'": "撇号" },
  },
  en: {
    keyboard: "On-screen keyboard",
    bksp: "Delete",
    space: "Space",
    enter: "Return",
    done: "Done",
    shift: "Shift",
    apart: "Split",
    symbols: "123?",
    letters: "Letters",
    toEnglish: "English",
    toChinese: "中文",
    candidates: "Words to choose from",
    previous: "Previous words",
    next: "More words",
    hint: "Type pinyin, such as tuihuo",
    noWords: "No words for this",
    unavailable: "Chinese words are not available; use English or digits",
    names: { "@": "at", ".": "dot", "-": "minus", _: "underscore", "'": "apostrophe" },
  },
};

/** What stands on the keys. *chinese*: whether letters are pinyin now. */
export function faces(labels, chinese) {
  return {
    "{bksp}": labels.bksp,
    "{space}": labels.space,
    "{enter}": labels.enter,
    "{done}": labels.done,
    "{shift}": labels.shift,
    "{apart}": labels.apart,
    "{symbols}": labels.symbols,
    "{letters}": labels.letters,
    "{language}": chinese ? labels.toEnglish : labels.toChinese,
  };
}

/** Spoken names of keys that show a mere sign. */
export function names(labels) {
  return Object.entries(labels.names).map(([buttons, value]) => ({ attribute: "aria-label", value, buttons }));
}
