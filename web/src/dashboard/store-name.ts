const COMPANY = /^Zava Retail /;

/** Everybody here knows the company's name: "Zava Retail Seattle" → "Seattle". */
export const shortStoreName = (name: string): string => name.replace(COMPANY, '');
