/** Asks for the name of something, and tells what is wrong with it while it is typed. */
import { Form, Input, Modal, type InputRef } from 'antd';
import { useId, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from './ProblemAlert';

interface NameDialogProps {
  title: string;
  label: string;
  okText: string;
  /** What is in the field at first. */
  initial?: string;
  /** How much of `initial` is selected, so that typing replaces it; all of it when absent. */
  selected?: number;
  /** What is wrong with a name, in words; null when it may be used. */
  judge: (name: string) => string | null;
  /** What is said while nothing is wrong. */
  help?: (name: string) => ReactNode;
  /** Does it; what it throws is told here. */
  onSubmit: (name: string) => Promise<unknown>;
  onClose: () => void;
  /** What is done cannot be undone. */
  danger?: boolean;
  /** More to be asked, under the name. */
  children?: ReactNode;
}

export function NameDialog(props: NameDialogProps) {
  const {
    title,
    label,
    okText,
    initial = '',
    selected,
    judge,
    help,
    onSubmit,
    onClose,
    danger,
    children,
  } = props;
  const { t } = useTranslation();
  const id = useId();
  const input = useRef<InputRef>(null);
  /** It had the focus once. */
  const greeted = useRef(false);
  const [name, setName] = useState(initial);
  const [touched, setTouched] = useState(false);
  const [state, setState] = useState<'asking' | 'busy' | 'done'>('asking');
  const [error, setError] = useState<unknown>(null);

  // A name that was just given is in use before this window is gone.
  const fault = state === 'done' ? null : judge(name);
  const told = touched ? fault : null;

  const submit = async () => {
    setTouched(true);
    if (fault !== null) return input.current?.focus();
    if (state !== 'asking') return;
    setState('busy');
    setError(null);
    try {
      await onSubmit(name);
      setState('done');
      onClose();
    } catch (failed) {
      setError(failed);
      setState('asking');
    }
  };
  return (
    <Modal
      open
      title={title}
      okText={okText}
      {...(danger && { okButtonProps: { danger } })}
      cancelText={t('app.cancel')}
      confirmLoading={state === 'busy'}
      onOk={() => void submit()}
      onCancel={onClose}
      // The window takes the focus when it opens, for its first button. This comes when it has stopped moving, and
      // whoever types already, here or in a field below, is left alone.
      afterOpenChange={(open) => {
        const dialog = input.current?.input?.closest('.ant-modal');
        const typing = dialog?.querySelector('input:focus, textarea:focus') ?? null;
        if (open && typing === null) input.current?.focus();
      }}
    >
      <Form layout="vertical" component={false}>
        <Form.Item
          label={label}
          htmlFor={id}
          help={<span aria-live="polite">{told ?? help?.(name) ?? ''}</span>}
          validateStatus={told === null ? '' : 'error'}
        >
          <Input
            id={id}
            ref={input}
            autoFocus
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            aria-invalid={told !== null}
            value={name}
            onFocus={() => {
              if (greeted.current) return;
              greeted.current = true;
              input.current?.setSelectionRange(0, selected ?? initial.length);
            }}
            onChange={(event) => {
              setTouched(true);
              setError(null);
              setName(event.target.value);
            }}
            onPressEnter={(event) => {
              // What ends the composition of a syllable is not meant for us.
              if (!event.nativeEvent.isComposing) void submit();
            }}
          />
        </Form.Item>
        {children}
      </Form>
      {error !== null && <ProblemAlert error={error} />}
    </Modal>
  );
}
