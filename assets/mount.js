// The component of one figure: hands it to assets/figure.js, which comes once for all, and waits for that.
export default function (component) {
  const figures = (window.__nuonuoFigures ??= { waiting: [] });
  let gone = false;
  let end;
  const go = () => {
    if (!gone) end = window.__nuonuoFigures.mounted(component);
  };
  if (figures.mounted) go();
  else figures.waiting.push(go);
  return () => {
    gone = true;
    end?.();
  };
}
