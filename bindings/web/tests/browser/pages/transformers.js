import * as ort from '/dist/ort.js';

globalThis[Symbol.for('onnxruntime')] = ort;
const { env, pipeline } = await import('/modules/@huggingface/transformers/dist/transformers.web.js');
env.allowRemoteModels = false;
env.allowLocalModels = true;
env.localModelPath = '/folders/';
env.useBrowserCache = false;

globalThis.embed = async (model, sentences) => {
  const extract = await pipeline('feature-extraction', model, { dtype: 'fp32', device: 'auto' });
  return (await extract(sentences, { pooling: 'mean', normalize: true })).tolist();
};
