// Every word of the booth, French first.

import { language } from '../common/language.svelte';

const fr = {
  page: 'Cabine',
  loading: 'La cabine s’ouvre…',
  unreachable: 'Le studio ne répond pas. La cabine se rouvre toute seule.',

  pairTitle: 'Ouvrir la cabine',
  pairHelp: 'Un animateur tape son code une fois ; ensuite cette tablette n’ouvre que la cabine.',
  pin: 'Code',
  open: 'Ouvrir',

  welcome: 'Racontez-nous.',
  welcomeHelp: (count: number, minutes: number) =>
    `${count === 1 ? 'Une question' : `${count} questions`}, ${minutes === 1 ? 'une minute' : `${minutes} minutes`} environ, à votre rythme, face à la caméra. Vous vous regardez ensuite, et rien n’est gardé si vous n’envoyez pas.`,
  begin: 'Commencer',

  signTitle: 'Avant de filmer',
  name: 'Votre prénom et votre nom',
  nameHelp: 'C’est votre signature.',
  credit: 'Comment vous nommer à l’écran ?',
  creditName: 'Par mon nom',
  creditOther: 'Autrement',
  creditNone: 'Ne pas me nommer',
  creditAs: 'Le nom à afficher',
  adult: 'J’ai 18 ans ou plus.',
  adultHelp: 'Plus jeune ? Vos parents signent avec vous : demandez à un animateur.',
  recorded: 'J’accepte d’être filmé·e par cette cabine et que les animateurs me regardent.',
  published: (licence: string) => `J’accepte que ma vidéo soit publiée dans les archives ouvertes, sous la licence ${licence}.`,
  publishedHelp:
    'Chacun pourra la revoir, la copier, la montrer et la transformer, même contre paiement, en citant qui parle. Vous pourrez la faire retirer de nos pages ; les copies déjà prises ailleurs, on ne peut pas les rappeler.',
  mayRefuse: 'Facultatif : sans cela, seuls les animateurs la verront.',
  sign: 'Je signe et je me prépare',
  cancel: 'Annuler',

  ready: 'Regardez l’œil de la caméra, pas l’écran.',
  denied:
    'La tablette ne prête pas sa caméra et son micro à cette page. Demandez à un animateur de les autoriser dans les réglages du navigateur.',
  recording: 'ça tourne',
  question: (n: number, of: number) => `Question ${n} sur ${of}`,
  left: 'Temps restant',
  next: 'Question suivante',
  stop: 'Terminer',
  offline: 'Réseau coupé : l’enregistrement continue, il sera envoyé dès le retour.',
  finishing: 'On range votre vidéo…',
  waiting: (n: number) => `Encore ${n} ${n === 1 ? 'morceau' : 'morceaux'} à mettre à l’abri`,

  reviewTitle: 'Voulez-vous la garder ?',
  reviewHelp: 'Rien ne part avant que vous touchiez « Envoyer ».',
  send: 'Envoyer',
  again: 'Recommencer',
  leave: 'Tout effacer et partir',
  broken: 'La vidéo ne peut pas être montrée ici, mais elle est entière.',

  thanks: 'Merci !',
  thanksPublished: 'Votre vidéo est entre les mains des animateurs, qui la publient.',
  thanksPrivate: 'Votre vidéo est entre les mains des animateurs, et d’eux seuls.',
  mine: 'Photographiez ce code avec votre téléphone : il mène à votre vidéo, et vous permet de la retirer un jour.',
  done: 'Terminé',
};

const en: typeof fr = {
  page: 'Booth',
  loading: 'The booth is opening…',
  unreachable: 'The studio does not answer. The booth opens again by itself.',

  pairTitle: 'Open the booth',
  pairHelp: 'A host types their PIN once; from then on this tablet opens nothing but the booth.',
  pin: 'PIN',
  open: 'Open',

  welcome: 'Tell us.',
  welcomeHelp: (count, minutes) =>
    `${count === 1 ? 'One question' : `${count} questions`}, about ${minutes === 1 ? 'a minute' : `${minutes} minutes`}, at your own pace, facing the camera. Then you watch yourself, and nothing is kept unless you send it.`,
  begin: 'Begin',

  signTitle: 'Before we film',
  name: 'Your first name and name',
  nameHelp: 'This is your signature.',
  credit: 'How shall we name you on screen?',
  creditName: 'By my name',
  creditOther: 'Otherwise',
  creditNone: 'Don’t name me',
  creditAs: 'The name to show',
  adult: 'I am 18 or over.',
  adultHelp: 'Younger? Your parents sign with you: ask a host.',
  recorded: 'I agree to be filmed by this booth and watched by the hosts.',
  published: (licence) => `I agree that my video is published in the open archive, under the licence ${licence}.`,
  publishedHelp:
    'Anybody may watch, copy, show and change it, even for money, if they say who speaks. You can have it taken off our pages; copies taken elsewhere by then cannot be called back.',
  mayRefuse: 'Optional: without it, only the hosts will see it.',
  sign: 'I sign, and get ready',
  cancel: 'Cancel',

  ready: 'Look into the camera’s eye, not at the screen.',
  denied: 'The tablet does not lend its camera and microphone to this page. Ask a host to allow them in the browser’s settings.',
  recording: 'recording',
  question: (n, of) => `Question ${n} of ${of}`,
  left: 'Time left',
  next: 'Next question',
  stop: 'Finish',
  offline: 'No network: the recording goes on, and is sent when it is back.',
  finishing: 'Putting your video away…',
  waiting: (n) => `${n} more ${n === 1 ? 'piece' : 'pieces'} to bring to safety`,

  reviewTitle: 'Do you want to keep it?',
  reviewHelp: 'Nothing leaves before you touch “Send”.',
  send: 'Send',
  again: 'Do it again',
  leave: 'Erase all and leave',
  broken: 'The video cannot be shown here, but it is whole.',

  thanks: 'Thank you!',
  thanksPublished: 'Your video is with the hosts, who publish it.',
  thanksPrivate: 'Your video is with the hosts, and with them alone.',
  mine: 'Take this code along with your phone: it leads to your video, and lets you take it back one day.',
  done: 'Done',
};

const words = { fr, en };

export function t(): typeof fr {
  return words[language()];
}
