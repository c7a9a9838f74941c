import { $, ms, showProblem } from '../frame.js';
import { files } from './reader.js';

const names = { wedge: 'Wedge', peer: 'ONNX Runtime Web' };
const workers = {};
let models;
let picture;
let turn = 0;

/** The models' bytes, fetched once for both engines. */
function fetchModels() {
  models ??= Promise.all(Object.entries(files).map(async ([name, file]) => {
    const response = await fetch(`/models/${file}`);
    if (!response.ok) throw new Error(`${file} is not there: scripts/fetch_models.sh fetches it`);
    return [name, new Uint8Array(await response.arrayBuffer())];
  })).then(Object.fromEntries);
  models.catch(() => (models = undefined));
  return models;
}

class Remote {
  #worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  #queue = Promise.resolve();

  call(message, onLine, transfer = []) {
    const answer = this.#queue.then(() => new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }) => {
        if (data.line) onLine?.(data.line);
        else if (data.error) reject(new Error(data.error));
        else resolve(data.result);
      };
      this.#worker.onerror = (event) => reject(new Error(event.message || 'the worker could not be started'));
      this.#worker.postMessage(message, transfer);
    }));
    this.#queue = answer.catch(() => undefined);
    return answer;
  }
}

/** A worker with an engine that has its models; made when it is first wanted. */
function engine(name) {
  workers[name] ??= (async () => {
    const remote = new Remote();
    const { time } = await remote.call({ call: 'load', engine: name, models: await fetchModels() });
    return { remote, loaded: time };
  })();
  workers[name].catch(() => (workers[name] = undefined));
  return workers[name];
}

const chosenEngines = () => {
  const { value } = $('[name=engine]:checked');
  return value === 'both' ? ['wedge', 'peer'] : [value];
};

function choose(index) {
  for (const item of document.querySelectorAll('.chosen')) item.classList.remove('chosen');
  for (const item of document.querySelectorAll(`[data-line="${index}"]`)) item.classList.add('chosen');
}

function addLine(line, index) {
  const polygon = document.createElementNS('http://www.w3.org/2000/svg', 'polygon');
  polygon.setAttribute('points', line.box.map((point) => point.join(',')).join(' '));
  const item = document.createElement('li');
  const label = document.createElementNS('http://www.w3.org/2000/svg', 'text');
  const [[left, top], [right, rightY], , [downX, downY]] = line.box;
  const height = Math.hypot(downX - left, downY - top);
  label.textContent = line.text;
  label.setAttribute('transform', `translate(${left} ${top}) rotate(${(Math.atan2(rightY - top, right - left) * 180) / Math.PI})`);
  label.setAttribute('y', height * 0.76);
  label.setAttribute('font-size', height * 0.72);
  label.setAttribute('textLength', Math.hypot(right - left, rightY - top));
  label.setAttribute('lengthAdjust', 'spacingAndGlyphs');
  const text = document.createElement('span');
  const score = document.createElement('span');
  text.textContent = line.text;
  score.textContent = `${Math.round(line.score * 100)} %`;
  score.className = 'score';
  item.append(text, score);
  for (const element of [polygon, item]) {
    element.dataset.line = index;
    element.addEventListener('pointerenter', () => choose(index));
  }
  $('#stage svg').append(polygon, label);
  $('#text').append(item);
}

function showTimes(results) {
  $('#race').hidden = false;
  const longest = Math.max(...results.map(({ sum }) => sum));
  $('#lanes').replaceChildren(...results.map(({ name, times, sum }) => {
    const lane = document.createElement('div');
    lane.className = `lane ${name === 'peer' ? 'other' : ''}`;
    lane.innerHTML = `<span>${names[name]}</span><span class="track">${Object.entries(times)
      .map(([part, time]) => `<i title="${part} ${ms(time)}" style="width: ${(100 * time) / longest}%"></i>`).join('')}</span><span>${ms(sum)}</span>`;
    return lane;
  }));
  const parts = results.map(({ name, times, loaded, total }) =>
    `${names[name]}: detection ${ms(times.detection)}, direction ${ms(times.direction)}, recognition ${ms(times.recognition)}; ${ms(total)} with everything around them, models loaded in ${ms(loaded)}.`);
  if (results.length === 2) parts.push(`Wedge is ${(results[1].sum / results[0].sum).toFixed(1)} times as fast on this picture, one thread each.`);
  $('#engines').textContent = parts.join(' ');
}

async function read() {
  if (picture === undefined) return;
  const mine = ++turn;
  showProblem();
  const results = [];
  try {
    for (const name of chosenEngines()) {
      $('#status').hidden = !$('#stage figure').hidden;
      $('#text').replaceChildren(Object.assign(document.createElement('li'), { className: 'wait', textContent: `${names[name]} reads…` }));
      $('#stage svg').replaceChildren();
      $('#copy').disabled = true;
      const { remote, loaded } = await engine(name);
      if (mine !== turn) return;
      const bitmap = await createImageBitmap(picture);
      let count = 0;
      const onLine = (line) => {
        if (mine !== turn) return;
        if (count === 0) $('#text').replaceChildren();
        addLine(line, count++);
      };
      const result = await remote.call({ call: 'read', bitmap }, onLine, [bitmap]);
      if (mine !== turn) return;
      if (count === 0) $('#text').firstChild.textContent = 'No text was found.';
      const sum = Object.values(result.times).reduce((total, time) => total + time, 0);
      results.push({ name, loaded, sum, ...result });
      $('#copy').disabled = count === 0;
      $('#count').textContent = `${count} ${count === 1 ? 'line' : 'lines'}`;
      showTimes(results);
    }
    document.body.dataset.done = turn;
  } catch (error) {
    if (mine === turn) showProblem(error);
  }
}

async function show(blob) {
  try {
    picture = await createImageBitmap(blob);
  } catch {
    return showProblem(new Error('That is no picture that this browser can show.'));
  }
  const image = $('#stage img');
  URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(blob);
  $('#stage svg').setAttribute('viewBox', `0 0 ${picture.width} ${picture.height}`);
  $('#stage figure').hidden = false;
  $('#status').hidden = true;
  await read();
}

const example = async () => show(await (await fetch('/pictures/notice.png')).blob());

$('#file').addEventListener('change', ({ target }) => target.files[0] && show(target.files[0]));
$('#example').addEventListener('click', example);
for (const choice of document.querySelectorAll('[name=engine]')) choice.addEventListener('change', read);
$('#copy').addEventListener('click', () => {
  const lines = [...document.querySelectorAll('#text li span:first-child')].map((item) => item.textContent);
  navigator.clipboard.writeText(lines.join('\n'));
});
$('#over').addEventListener('click', ({ currentTarget }) => {
  const on = $('#stage').classList.toggle('over-text');
  currentTarget.setAttribute('aria-pressed', String(on));
});
addEventListener('paste', ({ clipboardData }) => {
  const file = [...clipboardData.files].find(({ type }) => type.startsWith('image/'));
  if (file) show(file);
});
addEventListener('dragover', (event) => {
  event.preventDefault();
  $('#stage').classList.add('over');
});
addEventListener('dragleave', () => $('#stage').classList.remove('over'));
addEventListener('drop', (event) => {
  event.preventDefault();
  $('#stage').classList.remove('over');
  if (event.dataTransfer.files[0]) show(event.dataTransfer.files[0]);
});

const peer = await fetch('/peer/ort.wasm.min.mjs', { method: 'HEAD' });
if (!peer.ok) {
  for (const value of ['peer', 'both']) $(`[value=${value}]`).disabled = true;
  $('.switch').title = 'ONNX Runtime Web is not installed beside this page; see demos/README.md';
}
await example();
