/**
 * Rows of things: a table where there is room, a list of cards on a telephone.
 *
 * Our own, and small: Ant Design's brings a tree, a menu and a select with it, a quarter of what a browser
 * may load before the first page is there.
 */
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { DescendingIcon, AscendingIcon } from './icons';
import { useNarrow } from './useNarrow';

/** Rows drawn at first, and added each time more are asked for. */
const ROWS_AT_ONCE = 200;
const LOADING_ROWS = 3;

export interface Column<Row> {
  key: string;
  title: string;
  /** Names the row; read out before its other cells. One column of a table. */
  heading?: boolean;
  /** Buttons: at the end of the row, under a title that only screen readers tell. */
  actions?: boolean;
  /** Rows can be put in this order. */
  compare?: (a: Row, b: Row) => number;
  render: (row: Row) => ReactNode;
}

interface DataTableProps<Row> {
  /** What the table lists, for screen readers. */
  label: string;
  columns: readonly Column<Row>[];
  /** Undefined while they are being loaded. */
  rows: readonly Row[] | undefined;
  rowKey: (row: Row) => string;
  /** A row on a narrow screen. */
  card: (row: Row) => ReactNode;
}

interface Order {
  key: string;
  descending: boolean;
}

export function DataTable<Row>({ label, columns, rows, rowKey, card }: DataTableProps<Row>) {
  const { t } = useTranslation();
  const narrow = useNarrow();
  const [order, setOrder] = useState<Order | null>(null);
  const [limit, setLimit] = useState(ROWS_AT_ONCE);

  if (rows === undefined) return <Loading label={t('app.loading')} />;
  const sorted = inOrder(rows, columns, order);
  const shown = sorted.slice(0, limit);
  const more = sorted.length > limit && (
    <div className="more">
      <Button onClick={() => setLimit(limit + ROWS_AT_ONCE)}>
        {t('app.more', { count: sorted.length - limit })}
      </Button>
    </div>
  );

  if (narrow) {
    return (
      <>
        <ul className="cards" aria-label={label}>
          {shown.map((row) => (
            <li key={rowKey(row)} className="card">
              {card(row)}
            </li>
          ))}
        </ul>
        {more}
      </>
    );
  }
  return (
    <div className="card table-card">
      <table className="table" aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeadCell key={column.key} column={column} order={order} onOrder={setOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map(({ key, heading, actions, render }) =>
                heading ? (
                  <th key={key} scope="row">
                    {render(row)}
                  </th>
                ) : (
                  <td key={key} {...(actions && { className: 'actions' })}>
                    {render(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {more}
    </div>
  );
}

interface HeadCellProps<Row> {
  column: Column<Row>;
  order: Order | null;
  onOrder: (order: Order | null) => void;
}

function HeadCell<Row>({ column, order, onOrder }: HeadCellProps<Row>) {
  const { key, title, actions, compare } = column;
  if (actions) {
    return (
      <th scope="col">
        <span className="unseen">{title}</span>
      </th>
    );
  }
  if (compare === undefined) return <th scope="col">{title}</th>;
  const mine = order?.key === key ? order : null;
  const next = () => {
    if (mine === null) onOrder({ key, descending: false });
    else onOrder(mine.descending ? null : { key, descending: true });
  };
  return (
    <th scope="col" aria-sort={mine === null ? 'none' : mine.descending ? 'descending' : 'ascending'}>
      <button type="button" className="sort" onClick={next}>
        {title}
        {mine !== null && (mine.descending ? <DescendingIcon /> : <AscendingIcon />)}
      </button>
    </th>
  );
}

function inOrder<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  order: Order | null,
): readonly Row[] {
  const compare = columns.find(({ key }) => key === order?.key)?.compare;
  if (order === null || compare === undefined) return rows;
  return [...rows].sort((a, b) => (order.descending ? compare(b, a) : compare(a, b)));
}

export function Loading({ label }: { label: string }) {
  return (
    <div className="card loading" role="status" aria-label={label}>
      {Array.from({ length: LOADING_ROWS }, (_, row) => (
        <span key={row} />
      ))}
    </div>
  );
}
