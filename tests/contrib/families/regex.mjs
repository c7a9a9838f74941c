const matching = (pattern, ...words) => ({ given }) => ({
  op: 'RegexFullMatch', domain: '', opset: 20, outputs: ['bool'], attributes: { pattern },
  inputs: [given('string', [words.length], words)],
});

export const cases = {
  regex_alternatives: matching('(a|b(?:c|d)|)e?', '', 'a', 'b', 'bc', 'bde', 'e', 'ae '),
  regex_repetitions: matching('a{2,3}b*?c+(de)?f{2}', 'aacff', 'aaabbccdeff', 'acff', 'aaaacff', 'aacfff'),
  regex_classes: matching('[^a-c\\d][[:upper:][:^alpha:]][\\w.-]+\\S', 'xA.-!', 'xa..', 'é?b1', '1A..', '\nZ-.'),
  regex_flags: matching('(?i)k(?-i:b)(?s:.).', 'kb\nx', 'KB\nx', '\u212Ab..', 'kb\n\n', 'Kbéé'),
  regex_anchors: matching('^\\bwww\\.[^\\x{2e}]+\\.\\Bcom\\z|(?m)a$\\n^b', 'www.a.com', 'a\nb', 'www.a..com', 'ab'),
  regex_quoted: matching('\\Q(*\\E+\\x41\\101\\.', '(*AA.', '(***AA.', '((AA.', '(*AAx'),
};
