/** Logging in. */
import type { Walk } from './step';

export async function logIn({ page, words, server }: Walk): Promise<void> {
  await page.getByLabel(words.login.email).fill(server.email);
  await page.getByLabel(words.login.password, { exact: true }).fill(server.password);
  await page.getByRole('button', { name: words.login.submit, exact: true }).click();
  await page.getByRole('heading', { name: words.sessions.title, exact: true }).waitFor();
}

export async function wrongPassword({ page, words, server, complaints }: Walk): Promise<void> {
  await complaints.expecting(/status of 401/, async () => {
    await page.getByLabel(words.login.email).fill(server.email);
    await page.getByLabel(words.login.password, { exact: true }).fill('not the password');
    await page.getByRole('button', { name: words.login.submit, exact: true }).click();
    await page.getByRole('alert').waitFor();
  });
}

/** The right password, after a wrong one, for the page `/data`. */
export async function logInAndReturn({ page, words, server }: Walk): Promise<void> {
  await page.getByLabel(words.login.password, { exact: true }).fill(server.password);
  await page.getByRole('button', { name: words.login.submit, exact: true }).click();
  await page.getByRole('heading', { name: words.folders.title, exact: true }).waitFor();
}

export async function logOut({ page, words }: Walk): Promise<void> {
  await page.getByRole('button', { name: words.app.account, exact: true }).click();
  await page.getByRole('menuitem', { name: words.app.logOut }).click();
  await page.getByLabel(words.login.email).waitFor();
  await page.goto('/sessions');
  await page.getByLabel(words.login.email).waitFor();
}
