// One small engine for the figures that compute: the course's own weights, int8 as they
// are stored, and the layers of its models. A sequence is a list of vectors, one a token;
// sums are float64, so that numbers differ from Python's float32 by its rounding alone.
(() => {
  "use strict";

  const NEWLY = { weights: {} };
  const n2t = (window.n2t = Object.assign(NEWLY, window.n2t));

  // ---- Weights: a safetensors file, in base64 within a script -----------------------

  const bytesOf = (base64) => {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  };

  // By name: numbers as float32, a matrix of int8 multiplied by its row's scale.
  const readTensors = (bytes) => {
    const size = new DataView(bytes.buffer).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)));
    const about = JSON.parse(header.__metadata__.storage);
    if (about.kind !== "int8_rows") throw new Error(`weights stored as ${about.kind}`);
    const raw = (name) => {
      const [from, to] = header[name].data_offsets;
      const part = bytes.slice(8 + size + from, 8 + size + to).buffer;
      return header[name].dtype === "I8" ? new Int8Array(part) : new Float32Array(part);
    };
    const found = {};
    for (const name of Object.keys(header)) {
      if (name === "__metadata__" || name.endsWith(".scale")) continue;
      const shape = header[name].shape;
      let numbers = raw(name);
      if (numbers instanceof Int8Array) numbers = unpacked(numbers, raw(`${name}.scale`));
      found[name] = { numbers, shape };
    }
    for (const [name, first] of Object.entries(about.tied)) found[name] = found[first];
    return found;
  };

  const unpacked = (codes, scales) => {
    const weights = new Float32Array(codes.length);
    const columns = codes.length / scales.length;
    for (let i = 0; i < codes.length; i++) {
      weights[i] = codes[i] * scales[Math.floor(i / columns)];
    }
    return weights;
  };

  // ---- Numbers ------------------------------------------------------------------------

  const add = (x, y) => x.map((number, i) => number + y[i]);

  const softmax = (scores) => {
    let most = -Infinity;
    for (const score of scores) if (score > most) most = score;
    const weights = Float64Array.from(scores, (score) => Math.exp(score - most));
    let total = 0;
    for (const weight of weights) total += weight;
    return weights.map((weight) => weight / total);
  };

  const logSoftmax = (logits) => {
    let most = -Infinity;
    for (const logit of logits) if (logit > most) most = logit;
    let total = 0;
    for (const logit of logits) total += Math.exp(logit - most);
    const shift = most + Math.log(total);
    return logits.map((logit) => logit - shift);
  };

  // 2/√π exp(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!!, whose terms have one sign: nothing cancels.
  const erf = (x) => {
    if (Math.abs(x) > 6) return Math.sign(x);
    let term = x, sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  };

  const ACTIVATIONS = {
    relu: (x) => Math.max(x, 0),
    gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
    relu2: (x) => Math.max(x, 0) ** 2,
  };

  // ---- Layers: each made from the tensors below a name -------------------------------

  const makeLinear = (tensors, name) => {
    const { numbers, shape: [rows, columns] } = tensors[`${name}.weight`];
    const bias = tensors[`${name}.bias`]?.numbers;
    return (x) => {
      const y = new Float64Array(rows);
      for (let i = 0, at = 0; i < rows; i++) {
        let sum = 0;
        for (let j = 0; j < columns; j++) sum += numbers[at++] * x[j];
        y[i] = bias ? sum + bias[i] : sum;
      }
      return y;
    };
  };

  const makeNorm = (tensors, name, config) => {
    const weight = tensors[`${name}.weight`].numbers;
    const bias = tensors[`${name}.bias`]?.numbers;
    const centered = config.norm === "layer";
    const size = weight.length;
    return (x) => {
      let mean = 0, square = 0;
      if (centered) for (const number of x) mean += number / size;
      for (const number of x) square += (number - mean) ** 2 / size;
      const scale = 1 / Math.sqrt(square + 1e-5);
      return x.map((number, i) => (number - mean) * scale * weight[i] + (bias?.[i] ?? 0));
    };
  };

  // Places: sinusoids are added to the embedding, rotations turn queries and keys.
  const angle = (place, pair, width) => place * 10000 ** ((-2 * pair) / width);

  const addSinusoids = (x, place) =>
    x.map((number, i) => {
      const at = angle(place, i >> 1, x.length);
      return number + Math.fround(i % 2 ? Math.cos(at) : Math.sin(at));
    });

  const rotate = (x, place, heads) => {
    const width = x.length / heads, half = width / 2;
    const turned = new Float64Array(x.length);
    for (let i = 0; i < half; i++) {
      const at = angle(place, i, width);
      const cos = Math.fround(Math.cos(at)), sin = Math.fround(Math.sin(at));
      for (let first = i; first < x.length; first += width) {
        const a = x[first], b = x[first + half];
        turned[first] = a * cos - b * sin;
        turned[first + half] = a * sin + b * cos;
      }
    }
    return turned;
  };

  // Keys and values are made once and kept; a query then asks those that it may see.
  const makeAttention = (tensors, name, config, rotary) => {
    const part = (which) => makeLinear(tensors, `${name}.project_${which}`);
    const [query, key, value, output] = ["query", "key", "value", "output"].map(part);
    const heads = config.n_head, width = config.d_model / heads;
    const turned = (x, place) => (rotary ? rotate(x, place, heads) : x);

    const remember = (x, cache) => {
      cache.keys.push(turned(key(x), cache.keys.length));
      cache.values.push(value(x));
    };

    // mask: a boolean a key, true where the query may look; a query that may look
    // nowhere gets zeros.
    const ask = (x, cache, place, mask) => {
      const q = turned(query(x), place);
      const mixed = new Float64Array(q.length);
      const weights = [];
      for (let h = 0; h < heads; h++) {
        const row = attentionRow(q, cache.keys, h * width, width, mask);
        cache.values.forEach((v, t) => {
          for (let i = h * width; i < (h + 1) * width; i++) mixed[i] += row[t] * v[i];
        });
        weights.push(row);
      }
      return { output: output(mixed), weights };
    };
    return { remember, ask };
  };

  const attentionRow = (q, keys, from, width, mask) => {
    const scores = keys.map((k, t) => {
      if (mask && !mask[t]) return -Infinity;
      let sum = 0;
      for (let i = from; i < from + width; i++) sum += q[i] * k[i];
      return sum / Math.sqrt(width);
    });
    return mask && !mask.some(Boolean) ? new Float64Array(keys.length) : softmax(scores);
  };

  const makeFeedForward = (tensors, name, config) => {
    const expand = makeLinear(tensors, `${name}.expand`);
    const contract = makeLinear(tensors, `${name}.contract`);
    const activation = ACTIVATIONS[config.activation];
    if (!activation) throw new Error(`activation ${config.activation} is not known here`);
    return (x) => contract(expand(x).map(activation));
  };

  // x + sublayer(norm(x)), or norm(x + sublayer(x)).
  const makeResidual = (config) => (x, norm, sublayer) =>
    config.norm_first ? add(x, sublayer(norm(x))) : norm(add(x, sublayer(x)));

  const makeLayer = (tensors, name, config, rotary) => {
    const layer = {
      residual: makeResidual(config),
      own: makeAttention(tensors, `${name}.self_attention`, config, rotary),
      feed: makeFeedForward(tensors, `${name}.feed_forward`, config),
      normOwn: makeNorm(tensors, `${name}.norm_attention`, config),
      normFeed: makeNorm(tensors, `${name}.norm_feed_forward`, config),
    };
    if (`${name}.cross_attention.project_query.weight` in tensors) {
      layer.cross = makeAttention(tensors, `${name}.cross_attention`, config, false);
      layer.normCross = makeNorm(tensors, `${name}.norm_cross_attention`, config);
    }
    return layer;
  };

  const makeLayers = (tensors, name, config, rotary) =>
    Array.from({ length: config.n_layer }, (_, i) =>
      makeLayer(tensors, `${name}.${i}`, config, rotary));

  const emptyCaches = (layers) => layers.map(() => ({ keys: [], values: [] }));

  // One more token through layers that look back; `seen` gets where each head looked.
  const stepThrough = (layers, x, caches, cross, seen) => {
    const place = caches[0].keys.length;
    layers.forEach((layer, i) => {
      x = layer.residual(x, layer.normOwn, (y) => {
        layer.own.remember(y, caches[i]);
        const found = layer.own.ask(y, caches[i], place);
        seen.own.push(found.weights);
        return found.output;
      });
      if (layer.cross) {
        x = layer.residual(x, layer.normCross, (y) => {
          const found = layer.cross.ask(y, cross[i], 0);
          seen.cross.push(found.weights);
          return found.output;
        });
      }
      x = layer.residual(x, layer.normFeed, layer.feed);
    });
    return x;
  };

  const makeTable = (tensors, name, scale) => {
    const { numbers, shape: [, columns] } = tensors[name];
    return (id) =>
      Float64Array.from(numbers.subarray(id * columns, (id + 1) * columns), (x) => x * scale);
  };

  const same = (x) => x;
  const finalNorm = (tensors, name, config) =>
    config.norm_first ? makeNorm(tensors, name, config) : same;

  const checkConfig = (config, positions) => {
    if (!positions.includes(config.position) || !["layer", "rms"].includes(config.norm)
        || config.n_kv_head || config.d_k || config.d_v || config.normalize_query_key) {
      throw new Error("the engine does not know this kind of model");
    }
  };

  // ---- Models ---------------------------------------------------------------------------

  // A GPT. start() gives a state, step(id, state) what follows the id and where it looked.
  const makeDecoderOnly = (config, tensors) => {
    checkConfig(config, ["rotary"]);
    const table = makeTable(tensors, "embedding.weight", 1);
    const layers = makeLayers(tensors, "layers", config, true);
    const norm = finalNorm(tensors, "norm", config);
    const output = makeLinear(tensors, "output");
    const start = () => ({ own: emptyCaches(layers), cross: null });
    const step = (id, state) => {
      const seen = { own: [], cross: [] };
      const x = stepThrough(layers, table(id), state.own, null, seen);
      return { logits: output(norm(x)), ...seen };
    };
    return { config, start, step };
  };

  // A translator. start(source) reads a sentence; state.encoder has where it looked.
  const makeTransformer = (config, tensors) => {
    checkConfig(config, ["sinusoidal"]);
    const scale = Math.sqrt(config.d_model);
    const tables = ["encoder", "decoder"].map((side) =>
      makeTable(tensors, `${side}.embedding.table.weight`, scale));
    const readers = makeLayers(tensors, "encoder.layers", config, false);
    const writers = makeLayers(tensors, "decoder.layers", config, false);
    const norms = ["encoder", "decoder"].map((side) =>
      finalNorm(tensors, `${side}.norm`, config));
    const output = makeLinear(tensors, "output");

    const encode = (ids, mask) => {
      let xs = ids.map((id, place) => addSinusoids(tables[0](id), place));
      const seen = [];
      for (const layer of readers) {
        const ys = config.norm_first ? xs.map(layer.normOwn) : xs;
        const cache = { keys: [], values: [] };
        ys.forEach((y) => layer.own.remember(y, cache));
        const found = ys.map((y) => layer.own.ask(y, cache, 0, mask));
        seen.push(found.map((each) => each.weights));
        xs = xs.map((x, t) => layer.residual(x, layer.normOwn, () => found[t].output));
        xs = xs.map((x) => layer.residual(x, layer.normFeed, layer.feed));
      }
      return { memory: xs.map(norms[0]), seen };
    };

    const start = (source) => {
      const { memory, seen } = encode(source);
      const cross = emptyCaches(writers);
      writers.forEach((layer, i) => memory.forEach((x) => layer.cross.remember(x, cross[i])));
      return { own: emptyCaches(writers), cross, encoder: seen };
    };
    const step = (id, state) => {
      const seen = { own: [], cross: [] };
      const x = addSinusoids(tables[1](id), state.own[0].keys.length);
      const y = stepThrough(writers, x, state.own, state.cross, seen);
      return { logits: output(norms[1](y)), ...seen };
    };
    return { config, encode, start, step };
  };

  // A second state that goes on from the same past.
  n2t.fork = (state) => ({
    ...state,
    own: state.own.map(({ keys, values }) => ({ keys: [...keys], values: [...values] })),
  });

  // ---- Byte pairs -------------------------------------------------------------------------

  const FIRST_BYTE = 4, FIRST_MERGE = 260;
  const printable = (byte) =>
    (byte >= 0x21 && byte < 0x7f) || (byte >= 0xa1 && byte !== 0xad);
  const ALL = Array.from({ length: 256 }, (_, byte) => byte);
  const BYTES = [...ALL.filter(printable), ...ALL.filter((byte) => !printable(byte))];

  const makeTokenizer = ({ merges }, pattern) => {
    const bytes = new Map(BYTES.map((byte, rank) => [FIRST_BYTE + rank, [byte]]));
    const idOf = new Map(BYTES.map((byte, rank) => [byte, FIRST_BYTE + rank]));
    const made = new Map();
    const pair = (left, right) => left * 65536 + right;
    merges.forEach(([left, right], rank) => {
      made.set(pair(left, right), FIRST_MERGE + rank);
      bytes.set(FIRST_MERGE + rank, [...bytes.get(left), ...bytes.get(right)]);
    });
    const cut = new RegExp(pattern, "gu");

    // The pair that was learned first is merged everywhere, while there is one.
    const merge = (ids) => {
      for (;;) {
        let first = Infinity;
        for (let i = 0; i + 1 < ids.length; i++) {
          first = Math.min(first, made.get(pair(ids[i], ids[i + 1])) ?? Infinity);
        }
        if (first === Infinity) return ids;
        const merged = [];
        for (let i = 0; i < ids.length; i++) {
          const joined = i + 1 < ids.length && made.get(pair(ids[i], ids[i + 1])) === first;
          merged.push(joined ? first : ids[i]);
          if (joined) i++;
        }
        ids = merged;
      }
    };

    const encode = (text) =>
      Array.from(text.matchAll(cut), ([piece]) =>
        merge(Array.from(new TextEncoder().encode(piece), (byte) => idOf.get(byte)))).flat();
    const bytesOfIds = (ids) => Uint8Array.from(ids.flatMap((id) => bytes.get(id) ?? []));
    const decode = (ids) =>
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytesOfIds(ids));
    // What an id stands for, in a form that can be shown: part of a character as bytes.
    const name = (id) => {
      try {
        return new TextDecoder("utf-8", { ignoreBOM: true, fatal: true })
          .decode(bytesOfIds([id]));
      } catch {
        return (bytes.get(id) ?? []).map((b) => `\\x${b.toString(16).padStart(2, "0")}`).join("");
      }
    };
    return { encode, decode, name };
  };

  // ---- Choosing the next token --------------------------------------------------------------

  const byProbability = (p) =>
    Array.from(p.keys()).sort((a, b) => p[b] - p[a] || a - b);

  // Ids from the likeliest on, their probabilities at this temperature, and how many of
  // them top-p keeps: the fewest that have the share `topP` together.
  n2t.ranked = (logits, temperature = 1, topP = 1) => {
    const p = softmax(logits.map((logit) => logit / temperature));
    const ids = byProbability(p);
    let before = 0, kept = ids.length;
    if (topP < 1) {
      for (kept = 0; kept < ids.length && (kept === 0 || before < topP); kept++) {
        before += p[ids[kept]];
      }
    } else {
      before = 1;
    }
    return { ids, p, kept, share: before };
  };

  // The id at which `uniform`, in [0, 1), falls when the kept ones are laid side by side.
  n2t.drawn = ({ ids, p, kept, share }, uniform) => {
    let end = 0;
    for (let rank = 0; rank < kept; rank++) {
      end += p[ids[rank]] / share;
      if (uniform < end) return ids[rank];
    }
    return ids[kept - 1];
  };

  // Numbers in [0, 1) that follow from a seed (mulberry32).
  n2t.uniforms = (seed) => () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let x = Math.imul(seed ^ (seed >>> 15), seed | 1);
    x = (x + Math.imul(x ^ (x >>> 7), x | 61)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };

  const largest = (numbers) => {
    let best = 0;
    for (let i = 1; i < numbers.length; i++) if (numbers[i] > numbers[best]) best = i;
    return best;
  };

  n2t.greedy = (model, source, maxNew) => {
    const state = model.start(source), ids = [];
    let last = model.config.bos_id;
    while (ids.length < maxNew) {
      last = largest(model.step(last, state).logits);
      ids.push(last);
      if (last === model.config.eos_id) break;
    }
    return ids;
  };

  // The `count` best of many numbers, best first, as [number, index].
  const best = (numbers, count, offset = 0) => {
    const found = [];
    for (let i = 0; i < numbers.length; i++) {
      if (found.length === count && numbers[i] <= found[count - 1][0]) continue;
      let at = found.length;
      while (at && found[at - 1][0] < numbers[i]) at--;
      found.splice(at, 0, [numbers[i], offset + i]);
      if (found.length > count) found.pop();
    }
    return found;
  };

  // Beam search: `size` beginnings go on at each step. Yields what each step kept, so
  // that a page can draw in between.
  n2t.beamRounds = function* (model, source, { size, lengthPenalty, maxNew }) {
    const { bos_id: bos, eos_id: eos } = model.config;
    const penalty = (length) => ((5 + length) / 6) ** lengthPenalty;
    let live = [{ ids: [], score: 0, state: model.start(source) }];
    let ended = [];
    for (let n = 1; n <= maxNew; n++) {
      const offers = live.flatMap((beam, row) => {
        const found = model.step(beam.ids.at(-1) ?? bos, beam.state);
        const total = logSoftmax(found.logits).map((logP) => beam.score + logP);
        return best(total, 2 * size).map(([score, id]) => ({ score, id, row }));
      });
      offers.sort((a, b) => b.score - a.score);
      const grown = offers.slice(0, 2 * size).map((offer) => ({
        ...offer, ids: [...live[offer.row].ids, offer.id], stopped: offer.id === eos,
      }));
      const ends = grown.slice(0, size).filter((beam) => beam.stopped || n === maxNew);
      ended.push(...ends.map((beam) => ({ ...beam, ranked: beam.score / penalty(n) })));
      ended.sort((a, b) => b.ranked - a.ranked);
      ended = ended.slice(0, size);
      const going = grown.filter((beam) => !beam.stopped).slice(0, size);
      yield { live: going, ended };
      const reachable = going[0].score / Math.max(penalty(n + 1), penalty(Math.max(n + 1, maxNew)));
      if (ended.length === size || (ended.length && ended[0].ranked >= reachable)) return;
      live = going.map((beam) => ({ ...beam, state: n2t.fork(live[beam.row].state) }));
    }
  };
  n2t.beam = (...how) => [...n2t.beamRounds(...how)].at(-1).ended;

  // ---- Loading ----------------------------------------------------------------------------

  const KINDS = { DecoderOnlyConfig: makeDecoderOnly, TransformerConfig: makeTransformer };

  // The model and the tokenizer of `n2t.weights[name]`, which its script has put there.
  n2t.model = (name) => {
    const { config, tokenizer, pattern, tensors, about } = n2t.weights[name];
    const make = KINDS[config.type];
    if (!make) throw new Error(`${config.type} is not known here`);
    const model = make(config, readTensors(bytesOf(tensors)));
    return { model, tokenizer: makeTokenizer(tokenizer, pattern), about };
  };
  n2t.softmax = softmax;
  n2t.logSoftmax = logSoftmax;
})();
