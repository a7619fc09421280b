/** The files of a folder, as a page: `/data/FOLDER?path=sub/dir`. */
import { useTranslation } from 'react-i18next';
import { useParams, useSearchParams } from 'react-router';
import { to } from '../app/routes';
import { useFolder } from '../folders/folders';
import { isAutomounted } from '../mounts/rules';
import { Loading } from '../ui/DataTable';
import { LinkButton } from '../ui/LinkButton';
import { PageHeader } from '../ui/PageHeader';
import { ProblemAlert } from '../ui/ProblemAlert';
import { StartIcon } from '../ui/icons';
import { usePageTitle } from '../ui/usePageTitle';
import { Explorer } from './Explorer';

export function FolderPage() {
  const { t } = useTranslation();
  const { folder: id = '' } = useParams();
  const [parameters] = useSearchParams();
  const { data: folder, error, refetch } = useFolder(id);
  usePageTitle(folder?.name ?? t('folders.title'));

  if (folder === undefined) {
    if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
    return <Loading label={t('app.loading')} />;
  }
  return (
    <>
      <PageHeader
        title={<span className="name">{folder.name}</span>}
        actions={
          !isAutomounted(folder.name) && (
            <LinkButton icon={<StartIcon />} to={to.start(folder.id)}>
              {t('sessions.start')}
            </LinkButton>
          )
        }
      />
      <Explorer folder={folder} path={parameters.get('path') ?? ''} />
    </>
  );
}
