import { Moon, Sun } from 'lucide-react';
import { commonWords as words } from '../../words/common.ts';
import { useTheme } from '../theme.ts';
import { IconButton } from './button.tsx';

export function ThemeButton() {
  const { theme, toggle } = useTheme();
  const other = theme === 'dark' ? words.theme.light : words.theme.dark;
  return <IconButton icon={theme === 'dark' ? Sun : Moon} label={words.theme.switchTo(other)} onClick={toggle} />;
}
