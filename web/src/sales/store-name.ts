/** "Zava Retail Seattle" → "Seattle": among stores of one chain the place says it. */
export const shortStoreName = (name: string): string => name.replace(/^Zava Retail /, '');
