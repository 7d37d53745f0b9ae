import { type FormEvent, useState } from 'react';

interface KeyFieldProps {
  /** The key in use; empty for none. */
  readonly apiKey: string;
  readonly onChange: (apiKey: string) => void;
}

/** Takes an API key. It lives as long as the page: it is not stored, and not in the address. */
export function KeyField({ apiKey, onChange }: KeyFieldProps) {
  const [typed, setTyped] = useState('');
  if (apiKey !== '')
    return (
      <p className="key">
        Asking with your key{' '}
        <button type="button" onClick={() => onChange('')}>
          Forget it
        </button>
      </p>
    );
  const use = (event: FormEvent): void => {
    event.preventDefault();
    onChange(typed.trim());
    setTyped('');
  };
  return (
    <form className="key" onSubmit={use}>
      <label htmlFor="api-key">API key</label>
      <input
        id="api-key"
        type="password"
        autoComplete="off"
        spellCheck={false}
        placeholder="none"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <button type="submit" disabled={typed.trim() === ''}>
        Use
      </button>
    </form>
  );
}
