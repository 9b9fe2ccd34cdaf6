// The title tool calls people what they chose to be called: in one tap, and when somebody types.
import { violations } from './support/axe.ts';
import { segment } from './support/segment.ts';
import { signs } from './support/signs.ts';
import { expect, openPanel, PINS, test } from './support/test.ts';

for (const language of ['fr', 'en'] as const)
  for (const [width, height] of [
    [1180, 820],
    [1024, 768],
  ] as const)
    test.describe(`${width}×${height} ${language}`, () => {
      const fr = language === 'fr';
      test.use({ viewport: { width, height }, locale: fr ? 'fr-FR' : 'en-GB' });

      test('nobody is named by one tap who did not choose that name', async ({ page, studio, remote }, info) => {
        await remote.ask(segment('Les abeilles', 'Ouardia Haddad', 'Thomas Le Goff', 'Jean Fabre'));
        const [ouardia, thomas] = remote.state.rundown.at(-1)?.participants ?? [];
        if (!ouardia || !thomas) throw new Error('nobody');
        await signs(studio, remote, ouardia, { kind: 'none' });
        await signs(studio, remote, thomas, { kind: 'name', name: 'Tom' });
        await openPanel(page, studio.url, { pin: PINS.animator });

        // Nothing to press, and nothing that a screen reader would press, has a name that was not chosen.
        const field = { name: fr ? 'Nom' : 'Name', exact: true };
        const tool = page.locator('.tool').filter({ has: page.getByRole('textbox', field) });
        await expect(tool.getByRole('button', { name: /^Tom/ })).toBeVisible();
        await expect(
          tool.getByText(fr ? 'Ouardia Haddad ne souhaite pas être cité·e' : 'Ouardia Haddad does not wish to be named'),
        ).toBeVisible();
        await expect(tool.getByText(fr ? 'Jean Fabre n’a pas signé' : 'Jean Fabre has not signed')).toBeVisible();
        await expect(page.getByRole('button', { name: /Haddad|Le Goff|Fabre/ })).toHaveCount(0);
        const shot = (name: string) =>
          page.screenshot({ path: `${info.project.outputDir}/screens/names-${width}x${height}-${language}-${name}.png` });
        await shot('guests');
        await tool.getByRole('button', { name: /^Tom/ }).click();
        await remote.until('the lower third', ({ titles }) => titles[0]?.fields['name'] === 'Tom');

        // Typed, the studio refuses it with the reason.
        const name = tool.getByRole('textbox', field);
        const refused = page.getByRole('alert');
        for (const [typed, said] of [
          ['ouardia haddad', fr ? /Ouardia Haddad n.a pas choisi d.être nommé·e/ : /Ouardia Haddad has not chosen to be named/],
          ['Thomas Le Goff', fr ? /veut être appelé·e «\sTom\s»/ : /wants to be called “Tom”/],
        ] as const) {
          await name.fill(typed);
          await tool.getByRole('button', { name: fr ? 'Remplacer' : 'Replace' }).click();
          await expect(refused.filter({ hasText: said })).toBeInViewport();
          expect(remote.state.titles[0]?.fields['name']).toBe('Tom');
        }
        expect(await violations(page)).toEqual([]);
        await shot('typed');
        // Who has just been asked may be shown; what was shown so is not offered again.
        await tool.getByRole('button', { name: fr ? 'C’est d’accord : montrer quand même' : 'They agree: show it all the same' }).click();
        await remote.until('the title', ({ titles }) => titles[0]?.fields['name'] === 'Thomas Le Goff');
        await remote.ask({ command: 'title_hide' });
        await expect(tool.getByRole('button', { name: /Le Goff/ })).toHaveCount(0);
        await name.fill('Quelqu’un');
        await expect(refused.filter({ hasText: /Fabre|Haddad|Le Goff/ })).toHaveCount(0);
      });
    });
