import type { ReactNode } from 'react';

/** The title of a page, what it is for, and its main actions. */
export function PageHeader({ title, what, actions }: PageHeaderProps) {
  return (
    <header className="page-header">
      <div>
        <h1>{title}</h1>
        {what !== undefined && <p>{what}</p>}
      </div>
      {actions !== undefined && <div className="page-actions">{actions}</div>}
    </header>
  );
}

interface PageHeaderProps {
  title: ReactNode;
  what?: string;
  actions?: ReactNode;
}
