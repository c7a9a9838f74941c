import { Session } from '/wedge/index.js';
import { $, megabytes, ms, showFacts, showProblem } from '../frame.js';
import { drawStrokes, samples, toImage } from './drawing.js';

const paper = $('#paper');
const context = paper.getContext('2d');
const seen = $('#seen').getContext('2d');
let strokes = [];
let next = 0;

const start = performance.now();
const session = await Session.load('/models/digits.onnx').catch((error) => {
  showProblem(error);
  throw error;
});
const loaded = performance.now() - start;

const bars = Array.from({ length: 10 }, (_, digit) => {
  const bar = document.createElement('div');
  bar.innerHTML = `<span class="track"><i style="height: 0"></i></span><b>${digit}</b>`;
  $('#bars').append(bar);
  return bar;
});

function classify() {
  const image = toImage(strokes);
  const begin = performance.now();
  const { probabilities } = session.runSync({ image });
  const time = performance.now() - begin;
  return { image, time, probabilities: [...probabilities.data] };
}

async function update() {
  context.clearRect(0, 0, paper.width, paper.height);
  context.strokeStyle = '#1d2129';
  if (strokes.length === 0) {
    context.fillStyle = '#8a8577';
    context.font = '32px system-ui, sans-serif';
    context.textAlign = 'center';
    context.fillText('Draw a digit here', paper.width / 2, paper.height / 2);
  }
  drawStrokes(context, strokes, 34);
  seen.clearRect(0, 0, 8, 8);
  const empty = strokes.length === 0;
  const { image, time, probabilities } = empty ? { probabilities: new Array(10).fill(0) } : classify();
  const best = empty ? -1 : probabilities.indexOf(Math.max(...probabilities));
  bars.forEach((bar, digit) => {
    bar.classList.toggle('best', digit === best);
    bar.title = `${(100 * probabilities[digit]).toFixed(1)} %`;
    bar.querySelector('i').style.height = `${100 * probabilities[digit]}%`;
  });
  $('#answer').textContent = empty ? '–' : best;
  image?.forEach((ink, i) => {
    const shade = Math.round(255 * (1 - Math.min(ink, 1)));
    seen.fillStyle = `rgb(${shade} ${shade} ${shade})`;
    seen.fillRect(i % 8, Math.floor(i / 8), 1, 1);
  });
  showFacts($('#facts'), {
    'Sure to': empty ? '–' : `${(100 * probabilities[best]).toFixed(1)} %`,
    'One look': empty ? '–' : ms(time),
    'Engine and model': ms(loaded),
    'Memory': megabytes((await session.memory()).total),
  });
}

function place({ clientX, clientY }) {
  const { left, top, width, height } = paper.getBoundingClientRect();
  return [((clientX - left) / width) * paper.width, ((clientY - top) / height) * paper.height];
}

paper.addEventListener('pointerdown', (event) => {
  paper.setPointerCapture(event.pointerId);
  strokes.push([place(event)]);
  update();
});
paper.addEventListener('pointermove', (event) => {
  if (event.buttons === 0 || strokes.length === 0) return;
  strokes.at(-1).push(...(event.getCoalescedEvents?.() ?? [event]).map(place));
  update();
});
$('#clear').addEventListener('click', () => {
  strokes = [];
  update();
});
$('#undo').addEventListener('click', () => {
  strokes.pop();
  update();
});
$('#show').addEventListener('click', () => {
  const size = paper.width;
  strokes = samples[next].map((stroke) => stroke.map(([x, y]) => [x * size, y * size]));
  next = (next + 1) % samples.length;
  update();
});
addEventListener('keydown', ({ key }) => key === 'Escape' && $('#clear').click());
await update();
document.body.dataset.done = 'yes';
