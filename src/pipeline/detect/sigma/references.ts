/** Who refers to whom among loaded documents: correlations to rules and to each other, filters to rules. */
import type { SigmaCorrelation, SigmaDocument } from "./document.ts";

/** Rules and correlations by everything a reference may call them: id, UUID in any case, name. */
export class References {
  readonly #targets = new Map<string, SigmaDocument>();
  readonly #byUuid = new Map<string, SigmaDocument>();
  /** Correlation → number of the circle it stands in; those that stand in none are left out. */
  readonly #circles = new Map<SigmaDocument, number>();

  constructor(documents: readonly SigmaDocument[]) {
    for (const document of documents) {
      if (document.kind === "filter") continue;
      for (const key of [document.id, document.name])
        if (key !== null && !this.#targets.has(key)) this.#targets.set(key, document);
      if (document.uuid !== null) this.#byUuid.set(document.uuid.toLowerCase(), document);
    }
    this.#findCircles(documents.filter((document) => document.kind === "correlation"));
  }

  /** What the reference means; undefined when nothing of this name is loaded. */
  find(reference: string): SigmaDocument | undefined {
    return this.#targets.get(reference) ?? this.#byUuid.get(reference.toLowerCase());
  }

  /** Whether the correlation stands on itself through this document. */
  isCircular(correlation: SigmaCorrelation, through: SigmaDocument): boolean {
    const circle = this.#circles.get(correlation);
    return circle !== undefined && circle === this.#circles.get(through);
  }

  #below(document: SigmaDocument): SigmaDocument[] {
    if (document.kind !== "correlation") return [];
    return document.rules.flatMap(({ reference }) => {
      const target = this.find(reference);
      return target?.kind === "correlation" ? [target] : [];
    });
  }

  /**
   * Strongly connected components, without recursion: chains of any length come from files.
   * @see Tarjan, Depth-first search and linear graph algorithms (1972)
   */
  #findCircles(correlations: readonly SigmaDocument[]): void {
    const order = new Map<SigmaDocument, number>();
    const lowest = new Map<SigmaDocument, number>();
    const open: SigmaDocument[] = [];
    const isOpen = new Set<SigmaDocument>();
    const enter = (document: SigmaDocument) => {
      order.set(document, order.size);
      lowest.set(document, order.size - 1);
      open.push(document);
      isOpen.add(document);
      return { document, below: this.#below(document), next: 0 };
    };
    const lower = (document: SigmaDocument, to: number | undefined): void => {
      lowest.set(document, Math.min(lowest.get(document) ?? Infinity, to ?? Infinity));
    };
    for (const root of correlations) {
      if (order.has(root)) continue;
      const path = [enter(root)];
      for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
        const { document } = step;
        const target = step.below[step.next++];
        if (target !== undefined) {
          if (!order.has(target)) path.push(enter(target));
          else if (isOpen.has(target)) lower(document, order.get(target));
          continue;
        }
        path.pop();
        const parent = path.at(-1);
        if (parent !== undefined) lower(parent.document, lowest.get(document));
        if (lowest.get(document) !== order.get(document)) continue;
        const members = open.splice(open.lastIndexOf(document));
        for (const member of members) isOpen.delete(member);
        if (members.length === 1 && !step.below.includes(document)) continue;
        for (const member of members) this.#circles.set(member, order.get(document) ?? 0);
      }
    }
  }
}
