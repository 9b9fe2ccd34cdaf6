import { language } from '../common/language.svelte';

const fr = {
  title: 'Votre vidéo de la cabine',
  credited: (name: string) => `Vous êtes cité·e sous le nom « ${name} ».`,
  uncredited: 'Votre nom n’est pas cité.',
  waiting: 'Les animateurs la regardent avant de la publier.',
  private: 'Seuls les animateurs la voient : vous n’avez pas demandé de publication.',
  archived: 'Elle est publiée dans les archives.',
  watch: 'La voir dans les archives',
  takeBackHint:
    'Vous pouvez la retirer à tout moment. Elle est alors effacée ici et quitte les archives. Les copies déjà prises ailleurs, on ne peut pas les rappeler.',
  takeBack: 'Retirer ma vidéo',
  really: 'Oui, l’effacer pour toujours',
  keep: 'La garder',
  gone: 'C’est fait : votre vidéo est effacée.',
  forgotten: 'C’est oublié sur cet appareil. Votre lien reste bon : ouvrez-le de nouveau pour changer d’avis.',
  keepLink: 'Gardez ce lien : c’est lui qui vous permet de changer d’avis.',
};

const en: typeof fr = {
  title: 'Your video from the booth',
  credited: (name) => `You are credited as “${name}”.`,
  uncredited: 'Your name is not credited.',
  waiting: 'The hosts watch it before they publish it.',
  private: 'Only the hosts see it: you did not ask for publication.',
  archived: 'It is published in the archive.',
  watch: 'See it in the archive',
  takeBackHint:
    'You can take it back at any time. It is then erased here and leaves the archive. Copies taken elsewhere by then cannot be called back.',
  takeBack: 'Take my video back',
  really: 'Yes, erase it for ever',
  keep: 'Keep it',
  gone: 'Done: your video is erased.',
  forgotten: 'Forgotten on this device. Your link stays good: open it again to change your mind.',
  keepLink: 'Keep this link: it is what lets you change your mind.',
};

const words = { fr, en };

export function w(): typeof fr {
  return words[language()];
}
