import { setAppearance, useAppearance, type Appearance } from "./appearance.ts";

const CHOICES: readonly {
  name: keyof Appearance;
  legend: string;
  values: readonly (readonly [string | undefined, string])[];
}[] = [
  {
    name: "theme",
    legend: "Theme",
    values: [
      [undefined, "System"],
      ["light", "Light"],
      ["dark", "Dark"],
    ],
  },
  {
    name: "contrast",
    legend: "Contrast",
    values: [
      [undefined, "System"],
      ["more", "More"],
    ],
  },
  {
    name: "density",
    legend: "Density",
    values: [
      [undefined, "Comfortable"],
      ["compact", "Compact"],
    ],
  },
  {
    name: "keys",
    legend: "Single keys",
    values: [
      [undefined, "On"],
      ["off", "Off"],
    ],
  },
];

export function ViewMenu({ onHelp }: { readonly onHelp: () => void }) {
  const appearance = useAppearance();
  return (
    <details className="menu view">
      <summary>View</summary>
      <div>
        {CHOICES.map(({ name, legend, values }) => (
          <fieldset key={name}>
            <legend>{legend}</legend>
            {values.map(([value, label]) => (
              <label key={label}>
                <input
                  type="radio"
                  name={name}
                  checked={appearance[name] === value}
                  onChange={() => setAppearance(name, value as never)}
                />{" "}
                {label}
              </label>
            ))}
          </fieldset>
        ))}
        <button className="btn" type="button" onClick={onHelp}>
          All keys <kbd>?</kbd>
        </button>
      </div>
    </details>
  );
}
