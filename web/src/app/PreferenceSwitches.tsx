/** Language and appearance. */
import { Button, Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import { SystemIcon, DarkIcon, LightIcon } from '../ui/icons';
import { APPEARANCES, setAppearance, setLanguage, usePreferences } from './preferences';

const ICONS = { system: <SystemIcon />, light: <LightIcon />, dark: <DarkIcon /> };

export function PreferenceSwitches() {
  const { t } = useTranslation();
  const { language, appearance } = usePreferences();
  const names = { system: t('app.themeSystem'), light: t('app.themeLight'), dark: t('app.themeDark') };
  const other = language === 'en' ? 'ko' : 'en';
  return (
    <>
      <Button
        type="text"
        lang={other}
        title={t('app.switchLanguage')}
        onClick={() => void setLanguage(other)}
      >
        {t('app.otherLanguage')}
      </Button>
      <Dropdown
        trigger={['click']}
        menu={{
          selectable: true,
          selectedKeys: [appearance],
          items: APPEARANCES.map((key) => ({ key, icon: ICONS[key], label: names[key] })),
          onClick: ({ key }) => setAppearance(APPEARANCES.find((one) => one === key) ?? 'system'),
        }}
      >
        <Button type="text" icon={ICONS[appearance]} aria-label={t('app.theme')} title={t('app.theme')} />
      </Dropdown>
    </>
  );
}
