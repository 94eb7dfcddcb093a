// What of a figure stays while the rest of it changes: sent once, and looked up by figure.js by its name.
export default function ({ data }) {
  const layers = (window.__nuonuoLayers ??= { of: {}, waiting: [] });
  if (layers.of[data.key]?.name !== data.name) layers.of[data.key] = { name: data.name, traces: data.traces };
  layers.waiting.splice(0).forEach((look) => look());
}
