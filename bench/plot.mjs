// A bar per case, as long as Wedge is faster; the line is where both are equal.
const height = 22, left = 190, width = 520, top = 40;

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** An SVG of rows { name, threads, ratio }. */
export function plot(rows) {
  const most = Math.max(2, ...rows.map((row) => row.ratio)) * 1.1;
  const x = (ratio) => left + (ratio / most) * width;
  const bottom = top + rows.length * height;
  const bars = rows.map(({ name, threads, ratio }, i) => {
    const y = top + i * height;
    const colour = ratio >= 1 ? '#2f7d5b' : '#b4483c';
    return `<text x="${left - 8}" y="${y + 15}" text-anchor="end">${escaped(name)}${threads > 1 ? ` ×${threads}` : ''}</text>`
      + `<rect x="${left}" y="${y + 4}" width="${(x(ratio) - left).toFixed(1)}" height="${height - 8}" rx="2" fill="${colour}"/>`
      + `<text x="${(x(ratio) + 6).toFixed(1)}" y="${y + 15}">${ratio.toFixed(2)}×</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 60} ${bottom + 20}" font-family="system-ui, sans-serif" font-size="12" fill="#222">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${left}" y="22" font-size="14" font-weight="600">How many times faster than ONNX Runtime</text>
${bars.join('\n')}
<line x1="${x(1)}" y1="${top - 4}" x2="${x(1)}" y2="${bottom}" stroke="#222" stroke-dasharray="3 3"/>
</svg>
`;
}
