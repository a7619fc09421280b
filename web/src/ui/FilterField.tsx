import { Input } from 'antd';
import { SearchIcon } from './icons';

interface FilterFieldProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
}

/** A field that narrows a list to what contains its text. */
export function FilterField({ label, value, onChange }: FilterFieldProps) {
  return (
    <Input
      className="filter"
      allowClear
      type="search"
      prefix={<SearchIcon />}
      value={value}
      placeholder={label}
      aria-label={label}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
