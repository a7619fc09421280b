/**
 * One of a few: the browser's own list, dressed like the fields beside it. It is what telephones show best and
 * every keyboard knows, and it weighs nothing; Ant Design's is a tenth of what a browser loads first.
 */

interface ChoiceProps<Value extends string | number> {
  id: string;
  value: Value;
  options: readonly { value: Value; label: string }[];
  onChange: (value: Value) => void;
}

export function Choice<Value extends string | number>({ id, value, options, onChange }: ChoiceProps<Value>) {
  return (
    <select
      id={id}
      className="choice-field"
      value={value}
      onChange={(event) => {
        const chosen = options.find((option) => String(option.value) === event.target.value);
        if (chosen !== undefined) onChange(chosen.value);
      }}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}
