import { Session } from '/wedge/index.js';
import { $, megabytes, ms, showFacts, showProblem } from '../frame.js';
import { Detector, Stepper, rate, step } from './detector.js';

const seconds = 18;
const columns = Math.ceil((seconds * rate) / step);
const threshold = 0.5;

const canvas = $('#curve');
const pen = canvas.getContext('2d');
let history = [];
let times = [];
let stopSound = () => {};
let changed = true;

const start = performance.now();
const session = await Session.load('/models/silero_vad_v5.onnx').catch((error) => {
  showProblem(new Error(`${error.message}\nscripts/fetch_models.sh fetches the model.`));
  throw error;
});
const loaded = performance.now() - start;
const detector = new Detector(session);

function hear(samples) {
  const begin = performance.now();
  const speech = detector.next(samples);
  times.push(performance.now() - begin);
  if (times.length > 200) times.shift();
  let loudest = 0;
  for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample));
  history.push({ speech, loudest });
  changed = true;
}

function draw() {
  requestAnimationFrame(draw);
  if (!changed) return;
  changed = false;
  const scale = devicePixelRatio;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  }
  const probe = (name) => {
    canvas.style.color = `var(${name})`;
    return getComputedStyle(canvas).color;
  };
  const [accent, line, faint, good] = ['--accent', '--line', '--faint', '--good'].map(probe);
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  const shown = history.slice(-columns);
  const x = (i) => (i / columns) * width;
  const curveHeight = height * 0.66;
  const y = (speech) => 6 + (1 - speech) * (curveHeight - 12);
  const middle = curveHeight + (height - curveHeight) / 2;

  pen.globalAlpha = 0.14;
  pen.fillStyle = good;
  for (let i = 0; i < shown.length; ++i) {
    const first = i;
    while (shown[i]?.speech > threshold) ++i;
    if (i > first) pen.fillRect(x(first), 0, x(i - first), height);
  }
  pen.globalAlpha = 1;
  pen.strokeStyle = line;
  pen.lineWidth = 1;
  for (const part of [0, 0.5, 1]) {
    pen.setLineDash(part === 0.5 ? [4, 4] : []);
    pen.beginPath();
    pen.moveTo(0, y(part));
    pen.lineTo(width, y(part));
    pen.stroke();
  }
  pen.setLineDash([]);
  pen.fillStyle = faint;
  shown.forEach(({ loudest }, i) => {
    const size = Math.max(loudest * (height - curveHeight - 6), 1.5);
    pen.fillRect(x(i), middle - size / 2, Math.max(x(1) - 1, 1), size);
  });
  pen.strokeStyle = accent;
  pen.lineWidth = 2.4;
  pen.lineJoin = 'round';
  pen.beginPath();
  shown.forEach(({ speech }, i) => pen.lineTo(x(i + 0.5), y(speech)));
  pen.stroke();

  const speaking = shown.length > 0 && shown.at(-1).speech > threshold;
  $('#state').classList.toggle('speaking', speaking);
  const word = shown.length === 0 ? 'Ready' : speaking ? 'Speech' : 'Quiet';
  if ($('.state').textContent !== word) $('.state').textContent = word;
  $('#clock').textContent = `${((history.length * step) / rate).toFixed(1)} s`;
}

function showNumbers() {
  const total = (history.length * step) / rate;
  const speech = (history.filter((entry) => entry.speech > threshold).length * step) / rate;
  const parts = history.filter((entry, i) => entry.speech > threshold && !(history[i - 1]?.speech > threshold)).length;
  showFacts($('#heard'), { Sound: `${total.toFixed(1)} s`, Speech: `${speech.toFixed(1)} s`, 'Stretches of speech': parts });
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[sorted.length >> 1];
  session.memory().then(({ total: memory }) => showFacts($('#facts'), {
    'One step': median === undefined ? '–' : ms(median),
    'Faster than sound by': median === undefined ? '–' : `${Math.round((step / rate) * 1000 / median)} ×`,
    'Engine and model': ms(loaded),
    'Memory': megabytes(memory),
  }));
}

async function begin(open) {
  stopSound();
  showProblem();
  detector.reset();
  history = [];
  const audio = new AudioContext();
  try {
    await audio.audioWorklet.addModule(new URL('./recorder.js', import.meta.url));
    const recorder = new AudioWorkletNode(audio, 'recorder', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' });
    const stepper = new Stepper(audio.sampleRate, hear);
    recorder.port.onmessage = ({ data }) => stepper.push(data);
    const end = await open(audio, recorder);
    $('#stop').disabled = false;
    stopSound = () => {
      end();
      audio.close();
      $('#stop').disabled = true;
      stopSound = () => {};
    };
  } catch (error) {
    audio.close();
    showProblem(error);
  }
}

$('#play').addEventListener('click', () => begin(async (audio, recorder) => {
  const source = audio.createBufferSource();
  source.buffer = await audio.decodeAudioData(await (await fetch('sound.ogg')).arrayBuffer());
  source.connect(recorder);
  source.connect(audio.destination);
  source.onended = () => stopSound();
  source.start();
  return () => source.stop();
}));

$('#listen').addEventListener('click', () => begin(async (audio, recorder) => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false } });
  audio.createMediaStreamSource(stream).connect(recorder);
  return () => stream.getTracks().forEach((track) => track.stop());
}));
$('#stop').addEventListener('click', () => stopSound());

/** What the recording sounds like to the network, before anybody presses a button. */
async function preview() {
  const audio = new OfflineAudioContext(1, 1, rate);
  const sound = await audio.decodeAudioData(await (await fetch('sound.ogg')).arrayBuffer());
  new Stepper(sound.sampleRate, hear).push(sound.getChannelData(0));
  showNumbers();
}

new ResizeObserver(() => (changed = true)).observe(canvas);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => (changed = true));
setInterval(showNumbers, 500);
await preview();
draw();
document.body.dataset.done = 'yes';
