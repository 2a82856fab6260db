import type { IncidentDetail } from "../../api/types.ts";
import { fit, useWidth } from "../../charts/width.ts";
import { spelledText } from "../../text/spell-out.ts";
import { chainOf, type ChainNode } from "./chain.ts";

const LEAST_WIDTH = 860;

/** Always four nodes in this order; a missing one is hatched whole. */
export function ChainFigure({ incident }: { readonly incident: IncidentDetail }) {
  const [figure, measured] = useWidth<HTMLElement>(1_376);
  const width = Math.max(LEAST_WIDTH, measured);
  const { nodes, arrows } = chainOf(incident);
  const box = Math.min(272, width * 0.19);
  const gap = (width - 4 * box) / 3;
  const sentence = nodes
    .map(({ kind, name, note }) => `${kind} ${name === null ? "not known" : spelledText(name)}, ${spelledText(note)}`)
    .join("; ");
  return (
    <figure ref={figure} className="hscroll wide-only chain" tabIndex={0} aria-label="Actor, host, data, destination">
      <svg className="chart" width={width} height="100" viewBox={`0 0 ${width} 100`} role="img" aria-label={sentence}>
        {arrows.map(({ verb, when }, index) => {
          const from = (index + 1) * box + index * gap;
          return (
            <g key={index}>
              <path className="flow" d={`M${from + 1} 50H${from + gap - 8}`} />
              <path className="flowhead" d={`M${from + gap - 9} 45.5l8 4.5-8 4.5z`} />
              <text x={from + gap / 2 - 4} y="42" className="lab mid">
                {fit(spelledText(verb), gap - 12)}
              </text>
              <text x={from + gap / 2 - 4} y="66" className="mid">
                {when}
              </text>
            </g>
          );
        })}
        {nodes.map((node, index) => (
          <Node key={node.kind} node={node} x={index * (box + gap)} width={box} />
        ))}
      </svg>
    </figure>
  );
}

function Node({ node: { kind, name, note, hot }, x, width }: { node: ChainNode; x: number; width: number }) {
  const text = name === null ? "not visible" : spelledText(name);
  const lines = inTwo(text, (width - 26) * 0.85);
  return (
    <g>
      <title>{text}</title>
      <rect className={hot ? "node hot" : "node"} x={x + 0.75} y="8.75" width={width - 1.5} height="82.5" rx="3" />
      {name === null && <rect fill="url(#hatch)" x={x + 1.5} y="9.5" width="9" height="81" />}
      <text x={x + 18} y="28">
        {kind.toUpperCase()}
      </text>
      {lines.map((line, index) => (
        <text key={index} x={x + 18} y={(lines.length === 1 ? 50 : 45) + index * 16} className="big">
          {line}
        </text>
      ))}
      <text x={x + 18} y={lines.length === 1 ? 70 : 79} className="lab2">
        {fit(spelledText(note), width - 28)}
      </text>
    </g>
  );
}

/** A name on two lines at most, parted after a separator where it has one. */
function inTwo(text: string, width: number): readonly string[] {
  const first = fit(text, width);
  if (first === text) return [text];
  const most = first.length - 1;
  const parted = Math.max(...["/", "\\", ".", "-", "@"].map((separator) => text.lastIndexOf(separator, most - 1)));
  const at = parted > most / 3 ? parted + 1 : most;
  return [text.slice(0, at), fit(text.slice(at), width)];
}
