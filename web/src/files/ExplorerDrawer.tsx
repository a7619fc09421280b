/** The files of a folder, over whatever page one is on: `?folder=ID&path=sub/dir&file=name`. */
import { Drawer, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useOverlayLink } from '../app/overlay';
import { usePreferences } from '../app/preferences';
import { to } from '../app/routes';
import { useFolder, useFolderUsage, type Folder } from '../folders/folders';
import { isAutomounted } from '../mounts/rules';
import { Loading } from '../ui/DataTable';
import { LinkButton } from '../ui/LinkButton';
import { ProblemAlert } from '../ui/ProblemAlert';
import { StartIcon } from '../ui/icons';
import { bytes } from '../ui/units';
import { Explorer } from './Explorer';
// Not when it is asked for: what waits is drawn in pieces, and see `useTransitions` in main.tsx.
import { FileView } from './FileView';

const WIDTH_PX = 960;

interface ExplorerDrawerProps {
  /** The folder's id. */
  folder: string;
  /** The directory shown; empty for the top. */
  path: string;
  /** The file of that directory which is open. */
  file: string | undefined;
  open: boolean;
  onClose: () => void;
}

export function ExplorerDrawer({ folder: id, path, file, open, onClose }: ExplorerDrawerProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const link = useOverlayLink();
  const { data: folder, error, refetch } = useFolder(id);
  return (
    <Drawer
      open={open}
      size={WIDTH_PX}
      className="drawer"
      title={
        <span className="drawer-title">
          <span className="name">{folder?.name ?? t('folders.one')}</span>
          {folder && <About folder={folder} />}
        </span>
      }
      extra={
        folder &&
        !isAutomounted(folder.name) && (
          <LinkButton icon={<StartIcon />} to={to.start(folder.id)}>
            {t('sessions.start')}
          </LinkButton>
        )
      }
      onClose={onClose}
    >
      {error && !folder && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {!error && !folder && <Loading label={t('app.loading')} />}
      {folder && <Explorer folder={folder} path={path} />}
      {folder && file !== undefined && (
        <FileView
          key={`${path}/${file}`}
          folder={folder}
          path={path}
          name={file}
          onClose={() => void navigate(link({ folder: id, path }))}
        />
      )}
    </Drawer>
  );
}

function About({ folder }: { folder: Folder }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: usage } = useFolderUsage(folder.id);
  return (
    <span className="drawer-about">
      <Tag>{t(`folders.permissionName.${folder.permission}`)}</Tag>
      <span className="quiet">
        {folder.owner.name}
        {usage && ` · ${bytes(usage.bytes, language)}`}
      </span>
    </span>
  );
}
