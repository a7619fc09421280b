/** The colours of Berth, in one place: Ant Design gets them as a theme, our own style sheet as variables. */
import { theme as antd, type ThemeConfig } from 'antd';

const FONT =
  '-apple-system, BlinkMacSystemFont, "Segoe UI", Pretendard, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", Roboto, "Helvetica Neue", sans-serif';
export const MONOSPACE =
  'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", D2Coding, "Noto Sans Mono CJK KR", monospace';

const SHARED = { fontFamily: FONT, fontFamilyCode: MONOSPACE, borderRadius: 8, fontSize: 14 };

const LIGHT: ThemeConfig = {
  algorithm: antd.defaultAlgorithm,
  token: {
    ...SHARED,
    colorPrimary: '#0e6b8c',
    colorLink: '#0e6b8c',
    colorBgLayout: '#f3f6f8',
    colorTextBase: '#16222b',
    colorTextDescription: '#5b6872',
    colorTextPlaceholder: '#6b7780',
    colorError: '#c8322b',
    colorSuccess: '#1f7a3a',
    colorWarning: '#8a5a00',
  },
};

const DARK: ThemeConfig = {
  algorithm: antd.darkAlgorithm,
  token: {
    ...SHARED,
    colorPrimary: '#16799c',
    colorLink: '#63c3e2',
    colorBgBase: '#0f1519',
    colorBgLayout: '#0b1013',
    colorBgContainer: '#141b20',
    colorBgElevated: '#1b242a',
    colorTextBase: '#e6edf1',
    colorTextDescription: '#97a6b0',
    colorTextPlaceholder: '#84939d',
    colorError: '#f0625b',
    colorSuccess: '#3fae5f',
    colorWarning: '#d99100',
  },
};

export function themeOf(dark: boolean): ThemeConfig {
  return dark ? DARK : LIGHT;
}
