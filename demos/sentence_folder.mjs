// Makes a model folder as transformers.js wants it from an ONNX file alone: a tokenizer.json of word pieces (common
// words, letters) numbered as BERT's special tokens are, and the configurations. For models whose own tokenizer is not
// at hand, such as generated ones; a real model comes with its own.
// usage: node demos/sentence_folder.mjs MODEL.onnx FOLDER
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const special = { '[PAD]': 0, '[UNK]': 100, '[CLS]': 101, '[SEP]': 102, '[MASK]': 103 };
const words = `the of and to in a is that for it as was with be by on not he i this are or his from at which but have an had they you
were their one all we can her has there been if more when will would who so no out up into than them only its some time could these
two may then do first any my now such like other how our over man me even most made after also did many before must through back years
where much your way well down should because each just those people how too little state good very make world still own see men work
long get here between both life being under never day same another know while last might us great old year off come since against go
came right used take three weather sun rain snow cold warm hot sky today tomorrow outside shining raining sunny cloudy wind cat dog
animal animals pet pets sleeps sleeping mat sofa bed couch plays playing runs running park garden kitten puppy food eats eating
dinner lunch bread cheese pasta cook cooks cooking kitchen recipe delicious restaurant music song guitar piano plays sings singing
concert car train bus bike road drive drives driving traffic station city town street house home computer program code model
network browser machine fast quick quickly slow small large picture text voice reads reading read writes writing book books
paper letter school child children woman women friend friends money price market stocks shares fell rose bank company`.split(/\s+/);

function vocabulary() {
  const vocab = { ...special };
  let next = 999;
  const add = (piece) => (vocab[piece] ??= next++);
  for (const character of '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~0123456789abcdefghijklmnopqrstuvwxyzäöüßéèçñ') {
    add(character);
    add(`##${character}`);
  }
  for (const ending of ['s', 'ing', 'ed', 'er', 'ly', 'est', 'es', 'ness', 'tion', 'ment', 'al', 'ic', 'ous', 'ful', 'en', 'in', 'on', 'an', 're', 'or', 'at', 'it', 'le', 'nd', 'th', 'st']) add(`##${ending}`);
  for (const word of words) add(word);
  return vocab;
}

function tokenizer() {
  const added = Object.entries(special).map(([content, id]) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }));
  const one = (id) => ({ id, ids: [special[id]], tokens: [id] });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '[SEP]', type_id: 0 } }],
      pair: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '[SEP]', type_id: 0 } },
        { Sequence: { id: 'B', type_id: 1 } }, { SpecialToken: { id: '[SEP]', type_id: 1 } }],
      special_tokens: { '[CLS]': one('[CLS]'), '[SEP]': one('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: vocabulary() },
  };
}

export function makeFolder(model, folder) {
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  const write = (name, content) => writeFileSync(join(folder, name), JSON.stringify(content));
  write('tokenizer.json', tokenizer());
  write('tokenizer_config.json', { tokenizer_class: 'BertTokenizer', do_lower_case: true, model_max_length: 512, cls_token: '[CLS]', sep_token: '[SEP]', pad_token: '[PAD]', unk_token: '[UNK]', mask_token: '[MASK]' });
  write('config.json', { model_type: 'bert', architectures: ['BertModel'], hidden_size: 384, num_hidden_layers: 6, num_attention_heads: 12, vocab_size: 30522, max_position_embeddings: 512, type_vocab_size: 2 });
  writeFileSync(join(folder, 'note.txt'), 'This model has random weights and a tokenizer of few words: alike means sharing words. Choose the folder of a trained one, such as all-MiniLM-L6-v2, for more.');
  const link = join(folder, 'onnx/model.onnx');
  rmSync(link, { force: true });
  symlinkSync(resolve(model), link);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [model, folder] = process.argv.slice(2);
  if (folder === undefined) {
    console.error('usage: sentence_folder.mjs MODEL.onnx FOLDER');
    process.exit(2);
  }
  makeFolder(model, folder);
}
