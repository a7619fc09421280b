/** A place to drop files and directories on. */
import { useRef, useState, type DragEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { UploadIcon } from '../ui/icons';
import { useTell } from '../ui/useTell';
import { dropped, type Chosen } from './drop';

interface DropZoneProps {
  onDrop: (chosen: Chosen) => void;
  children: ReactNode;
}

export function DropZone({ onDrop, children }: DropZoneProps) {
  const { t } = useTranslation();
  const tell = useTell();
  const [over, setOver] = useState(false);
  /** Elements inside are entered and left, too; what counts is the outermost. */
  const depth = useRef(0);

  const carriesFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');
  const enter = (event: DragEvent) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth.current += 1;
    setOver(true);
  };
  const leave = (event: DragEvent) => {
    if (!carriesFiles(event)) return;
    depth.current -= 1;
    if (depth.current <= 0) end();
  };
  const end = () => {
    depth.current = 0;
    setOver(false);
  };
  return (
    <div
      className="drop-zone"
      onDragEnter={enter}
      onDragOver={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = 'copy';
      }}
      onDragLeave={leave}
      onDrop={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        end();
        dropped(event.dataTransfer).then(onDrop, tell.failed);
      }}
    >
      {children}
      {over && (
        <div className="drop-here" aria-hidden>
          <UploadIcon />
          {t('files.dropHere')}
        </div>
      )}
    </div>
  );
}
