/** What everything on the page stands in: theme, words of the components, cache, messages. */
import { QueryClientProvider } from '@tanstack/react-query';
import { App as AntApp, ConfigProvider, theme } from 'antd';
import type { Locale } from 'antd/es/locale';
import enUS from 'antd/locale/en_US';
import { useEffect, useLayoutEffect, useState, type ReactNode } from 'react';
import { queryClient } from '../api/queries';
import { LoadingIcon } from '../ui/icons';
import { nonce } from './nonce';
import { useDark, usePreferences, useStill } from './preferences';
import { themeOf } from './theme';

export function Providers({ children }: { children: ReactNode }) {
  const dark = useDark();
  const still = useStill();
  const locale = useComponentWords();
  return (
    <QueryClientProvider client={queryClient}>
      <ConfigProvider
        theme={themeOf(dark, still)}
        locale={locale}
        {...(nonce !== undefined && { csp: { nonce } })}
        button={{ autoInsertSpace: false, loadingIcon: <LoadingIcon /> }}
      >
        <StyleVariables dark={dark} />
        <AntApp message={{ maxCount: 3 }} notification={{ placement: 'bottomRight', maxCount: 3 }}>
          {children}
        </AntApp>
      </ConfigProvider>
    </QueryClientProvider>
  );
}

/** The words Ant Design says by itself (pagination, empty tables). English is part of it anyway. */
function useComponentWords(): Locale {
  const { language } = usePreferences();
  const [korean, setKorean] = useState<Locale | null>(null);
  useEffect(() => {
    if (language === 'ko') void import('antd/locale/ko_KR').then((loaded) => setKorean(loaded.default));
  }, [language]);
  return language === 'ko' && korean !== null ? korean : enUS;
}

/** Hands the theme's colours to style.css. */
function StyleVariables({ dark }: { dark: boolean }) {
  const { token } = theme.useToken();
  useLayoutEffect(() => {
    const { style } = document.documentElement;
    style.colorScheme = dark ? 'dark' : 'light';
    const variables = {
      '--background': token.colorBgLayout,
      '--surface': token.colorBgContainer,
      '--raised': token.colorBgElevated,
      '--border': token.colorBorderSecondary,
      '--field-border': token.colorBorder,
      '--text': token.colorText,
      '--quiet': token.colorTextDescription,
      '--link': token.colorLink,
      '--accent': token.colorPrimary,
      '--accent-soft': token.colorPrimaryBg,
      '--hover': token.colorFillTertiary,
      '--error': token.colorError,
      '--shadow': token.boxShadowSecondary,
      '--font': token.fontFamily,
      '--mono': token.fontFamilyCode,
    };
    for (const [name, value] of Object.entries(variables)) style.setProperty(name, value);
  }, [dark, token]);
  return null;
}
