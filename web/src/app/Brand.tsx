import { Link } from 'react-router';
import mark from './berth.svg';
import { to } from './routes';

export function Brand() {
  return (
    <Link className="brand" to={to.sessions}>
      <img src={mark} alt="" width={28} height={28} />
      <span>Berth</span>
    </Link>
  );
}
