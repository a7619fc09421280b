/** The colours of Berth, in one place: Ant Design gets them as a theme, our own style sheet as variables. */
import { theme as antd, type ThemeConfig } from 'antd';

const FONT =
  '-apple-system, BlinkMacSystemFont, "Segoe UI", Pretendard, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", Roboto, "Helvetica Neue", sans-serif';
export const MONOSPACE =
  'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", D2Coding, "Noto Sans Mono CJK KR", monospace';

const SHARED = { fontFamily: FONT, fontFamilyCode: MONOSPACE, borderRadius: 8, fontSize: 14 };

/** Corners of fields would make a box of 16 pixels a circle, and that is a radio button. */
const COMPONENTS = { Checkbox: { borderRadiusSM: 4 } };

const LIGHT: ThemeConfig = {
  algorithm: antd.defaultAlgorithm,
  components: COMPONENTS,
  token: {
    ...SHARED,
    colorPrimary: '#0e6b8c',
    colorInfo: '#0e6b8c',
    colorLink: '#0e6b8c',
    colorBgLayout: '#f3f6f8',
    colorTextBase: '#16222b',
    colorTextDescription: '#5b6872',
    colorTextPlaceholder: '#6b7780',
    colorError: '#c8322b',
    colorSuccess: '#1f7a3a',
    colorWarning: '#8a5a00',
    // The soft grounds that Ant Design derives from colours this deep are grey.
    colorPrimaryBg: '#e4f2f7',
    colorSuccessBg: '#e6f5ea',
    colorSuccessBorder: '#b5dfc1',
    colorWarningBg: '#fdf3dc',
    colorWarningBorder: '#ecd49a',
  },
};

const DARK: ThemeConfig = {
  algorithm: antd.darkAlgorithm,
  components: COMPONENTS,
  token: {
    ...SHARED,
    colorPrimary: '#16799c',
    colorInfo: '#16799c',
    colorLink: '#63c3e2',
    colorBgBase: '#0f1519',
    colorBgLayout: '#0b1013',
    colorBgContainer: '#141b20',
    colorBgElevated: '#1b242a',
    colorTextBase: '#e6edf1',
    colorTextDescription: '#97a6b0',
    colorTextPlaceholder: '#84939d',
    colorError: '#f0625b',
    colorPrimaryBg: '#12303c',
    colorSuccess: '#55c878',
    colorSuccessBg: '#12291a',
    colorWarning: '#d99100',
  },
};

/** `still`: nothing moves. Left to a style sheet, Ant Design would place what it opens by how it looks halfway. */
export function themeOf(dark: boolean, still: boolean): ThemeConfig {
  const theme = dark ? DARK : LIGHT;
  return still ? { ...theme, token: { ...theme.token, motion: false } } : theme;
}
