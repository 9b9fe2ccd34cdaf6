// Made from src/protocol.rs by `make types`; a stale copy fails the tests.

export type Answer =
  | { "kind": "fine" }
  | { "kind": "cut", from_ms: number, until_ms: number, };

export type ArchiveCommand =
  | { "command": "clip_update" } & ClipUpdate
  | { "command": "clip_publish", clip: string, agreed: boolean, }
  | { "command": "clip_hide", clip: string, }
  | { "command": "clip_remove", clip: string, }
  | { "command": "clip_restore", clip: string, }
  | { "command": "export_start", form: ExportForm, }
  | { "command": "export_stop", form: ExportForm, }
  | { "command": "photo", source?: string | null, title?: string | null, }
  | { "command": "retention_confirm", };

export type AudienceState = { viewers: number, most: number, applause: number, applause_shown: boolean, };

export type AudioState = { gain_db: number, mute: boolean, follow: boolean, };

export type BlockedName = { network: string, name: string, since: number, };

export type Chapter = { at_ms: number, label: string, };

export type ClipAnswer = { name: string | null, answer: Answer | null, };

export type ClipState = { id: string, medium: Medium, title: string, standing: Standing, allowed: boolean, clearing: boolean, public: boolean, answers: Array<ClipAnswer>, duration_ms: number, recorded_at: number, segment: string | null, loudness: Loudness | null, rights_notice: string | null, transcript_withheld: boolean, };

export type ClipUpdate = { clip: string, title: string | null, summary: string | null, language: string | null, credits: Array<Credit> | null, tags: Array<string> | null, chapters: Array<Chapter> | null, transcript: string | null, rights_notice: string | null, poster_ms: number | null, order: number | null, from_ms: number | null, until_ms: number | null, };

export type Command = ConnectionCommand | StudioCommand | ArchiveCommand;

export type ConnectionCommand =
  | { "command": "snapshot", }
  | { "command": "monitor", sources: Array<string>, width: number, fps: number, }
  | { "command": "listen", source?: string | null, };

export type Credit = { name: string, role: string, };

export type Crop = { left: number, right: number, top: number, bottom: number, };

export type Event =
  | { "event": "program_changed", program: ProgramState, }
  | { "event": "preview_changed", preview: string | null, }
  | { "event": "slate_changed", slate: boolean, }
  | { "event": "rehearsal_changed", rehearsal: boolean, }
  | { "event": "source_changed", source: string, state: SourceState, }
  | { "event": "scenes_changed", scenes: Array<Scene>, }
  | { "event": "output_changed", output: string, state: OutputState, }
  | { "event": "recording_changed", recording: RecordingState, }
  | { "event": "titles_changed", titles: Array<TitleState>, }
  | { "event": "segment_changed", segment: Segment | null, }
  | { "event": "clips_changed", clips: Array<ClipState>, }
  | { "event": "exports_changed", exports: Array<Export>, }
  | { "event": "rundown_changed", rundown: Array<Segment>, drift_seconds: number | null, }
  | { "event": "clock_message_changed", clock_message: string | null, }
  | { "event": "questions_changed", questions: Array<Question>, }
  | { "event": "voices_changed", voices: VoicesState, }
  | { "event": "audience_changed", audience: AudienceState, }
  | { "event": "health_changed", health: Health, };

export type Export = { form: ExportForm, status: ExportStatus, folder: string, done: number, of: number, title: string, problem: Problem | null, since: number, };

export type ExportForm = "bundle" | "site" | "commons";

export type ExportStatus = "waiting" | "running" | "done" | "stopped" | "failed";

export type Fault = "operator" | "other_side" | "ours";

export type Fit = "contain" | "cover";

export type Health = { cpu_percent: number, disk_free_bytes: number, disk_minutes_left: number, frames_dropped: number, problems: Array<Problem>, };

export type Layer = { source: string, x: number, y: number, width: number, height: number, fit: Fit, crop: Crop, };

export type Loudness = { integrated_lufs: number, true_peak_dbtp: number, };

export type Mark = { at: number, label: string, };

export type MediaState = { playing: boolean, repeat: boolean, position_ms: number, duration_ms: number | null, ends_at: number | null, };

export type Medium = "clip" | "photo";

export type Message =
  | { "type": "snapshot", rev: number, role: Role, state: State, }
  | { "type": "event", rev: number, } & ({ "event": "program_changed", program: ProgramState, }
  | { "event": "preview_changed", preview: string | null, }
  | { "event": "slate_changed", slate: boolean, }
  | { "event": "rehearsal_changed", rehearsal: boolean, }
  | { "event": "source_changed", source: string, state: SourceState, }
  | { "event": "scenes_changed", scenes: Array<Scene>, }
  | { "event": "output_changed", output: string, state: OutputState, }
  | { "event": "recording_changed", recording: RecordingState, }
  | { "event": "titles_changed", titles: Array<TitleState>, }
  | { "event": "segment_changed", segment: Segment | null, }
  | { "event": "clips_changed", clips: Array<ClipState>, }
  | { "event": "exports_changed", exports: Array<Export>, }
  | { "event": "rundown_changed", rundown: Array<Segment>, drift_seconds: number | null, }
  | { "event": "clock_message_changed", clock_message: string | null, }
  | { "event": "questions_changed", questions: Array<Question>, }
  | { "event": "voices_changed", voices: VoicesState, }
  | { "event": "audience_changed", audience: AudienceState, }
  | { "event": "health_changed", health: Health, })
  | { "type": "reply", id: unknown, ok: boolean, error?: ReplyError, }
  | { "type": "meters", sources: { [key in string]: [number, number] }, program: ProgramMeter, };

export type NameShown = { person: string, at: number, as_chosen: boolean, };

export type NetworkState = { label: string, kind: string, status: OutputStatus, problem: Problem | null, retry_at: number | null, received: number, dropped: number, };

export type NewParticipant = { id: string | null, name: string, };

export type OutputCapabilities = { leaves_the_house: boolean, writes_files: boolean, is_playlist: boolean, };

export type OutputState = { label: string, kind: string, capabilities: OutputCapabilities, status: OutputStatus, simulated: boolean, problem: Problem | null, since: number | null, retry_at: number | null, bitrate_kbps: number, dropped_frames: number, reconnections: number, sent_bytes: number, tested: OutputTested | null, file: string | null, };

export type OutputStatus = "off" | "connecting" | "live" | "retrying" | "refused";

export type OutputTested = { at: number, ok: boolean | null, text: Text, };

export type Participant = { id: string, name: string, credit: string | null, recorded: boolean, live: boolean, archived: boolean, agrees: boolean, refused: boolean, guardians_missing: number, };

export type PhoneHolder = { person: string, name: string | null, };

export type Problem = { code: string, fault: Fault, text: Text, };

export type ProgramMeter = { peak_db: [number, number], momentary: number, short_term: number, integrated: number, limiting_db: number, };

export type ProgramState = { scene: string, since: number, transition: Transition, back: string | null, };

export type Question = { id: string, name: string, text: string, network: string, at: number, state: QuestionState, since: number, };

export type QuestionState = "waiting" | "accepted" | "on_air" | "shown" | "rejected";

export type RecordingState = { on: boolean, since: number | null, file: string | null, problem: Problem | null, };

export type ReplyError = { code: string, message: string, fault: Fault, text: Text, };

export type Role = "moderator" | "animator" | "admin";

export type Scene = { id: string, label: string, layers: Array<Layer>, automatic: boolean, microphones: Array<string>, };

export type Segment = { id: string, title: string, summary: string, language: string, needs: string, day: string, planned_seconds: number, state: SegmentState, participants: Array<Participant>, fixed_at: number | null, planned_at: number | null, expected_at: number | null, started_at: number | null, ended_at: number | null, private: boolean, overridden: boolean, waived: Array<string>, rehearsed: boolean, marks: Array<Mark>, missing: Array<string>, same_device: Array<Array<string>>, unrecorded: Array<string>, answered_otherwise: Array<string>, role_hint: string, clip: string | null, names_shown: Array<NameShown>, };

export type SegmentAdd = { title: string, summary: string, language: string | null, needs: string, planned_seconds: number, participants: Array<NewParticipant>, day: string | null, fixed_at: number | null, position: number | null, private: boolean, };

export type SegmentState = "proposed" | "ready" | "on_air" | "done" | "dropped";

export type SegmentUpdate = { segment: string, title: string | null, summary: string | null, language: string | null, needs: string | null, planned_seconds: number | null, participants: Array<NewParticipant> | null, day: string | null, fixed_at: number | null, state: SegmentState | null, private: boolean | null, };

export type SourceCapabilities = { has_transport: boolean, is_invited: boolean, needs_device: boolean, };

export type SourceState = { label: string, kind: string, capabilities: SourceCapabilities, status: SourceStatus, problem: Problem | null, picture: boolean, sound: boolean, audio: AudioState, media: MediaState | null, holder: PhoneHolder | null, };

export type SourceStatus = "starting" | "live" | "lost" | "off";

export type Standing = "waiting" | "published" | "hidden";

export type State = { studio: StudioInfo, program: ProgramState, preview: string | null, slate: boolean, rehearsal: boolean, sources: { [key in string]: SourceState }, scenes: Array<Scene>, outputs: { [key in string]: OutputState }, recording: RecordingState, titles: Array<TitleState>, title_templates: Array<TitleTemplate>, segment: Segment | null, rundown: Array<Segment>, clips: Array<ClipState>, exports: Array<Export>, drift_seconds: number | null, clock_message: string | null, questions: Array<Question>, voices: VoicesState, audience: AudienceState, health: Health, };

export type StudioCommand =
  | { "command": "preview", scene: string, }
  | { "command": "take", scene?: string | null, transition: Transition, }
  | { "command": "t_bar", position: number, }
  | { "command": "slate", on: boolean, }
  | { "command": "play", source: string, repeat: boolean, }
  | { "command": "stop", source: string, }
  | { "command": "audio", source: string, gain_db?: number | null, mute?: boolean | null, follow?: boolean | null, }
  | { "command": "title_show", template: string, fields: { [key in string]: string }, seconds?: number | null, agreed: boolean, }
  | { "command": "title_hide", template?: string | null, }
  | { "command": "output_start", output: string, }
  | { "command": "output_stop", output: string, }
  | { "command": "output_retry", output: string, }
  | { "command": "scene_save", scene: Scene, }
  | { "command": "scene_remove", scene: string, }
  | { "command": "question_accept", question: string, }
  | { "command": "question_reject", question: string, }
  | { "command": "question_show", question: string, }
  | { "command": "question_hide", question?: string | null, }
  | { "command": "question_block", question: string, }
  | { "command": "question_unblock", network: string, name: string, }
  | { "command": "applause", on: boolean, }
  | { "command": "output_test", output: string, }
  | { "command": "record", on: boolean, }
  | { "command": "rehearsal", on: boolean, }
  | { "command": "segment_add" } & SegmentAdd
  | { "command": "segment_update" } & SegmentUpdate
  | { "command": "segment_move", segment: string, position: number, }
  | { "command": "segment_remove", segment: string, }
  | { "command": "segment_start", segment?: string | null, private?: boolean | null, reason?: string | null, }
  | { "command": "segment_end", }
  | { "command": "segment_mark", label: string, }
  | { "command": "clock_message", text: string, };

export type StudioInfo = { title: string, place: string, language: string, licence: string, version: string, started_at: number, width: number, height: number, framerate: number, encoder: string, encoder_hardware: boolean, profile: string, bitrate_kbps: number, };

export type Text = { fr: string, en: string, };

export type TitleState = { template: string, fields: { [key in string]: string }, since: number, until: number | null, counts_to: number | null, };

export type TitleTemplate = { id: string, label: Text, fields: Array<string>, };

export type Transition = { kind: TransitionKind, duration_ms: number, };

export type TransitionKind = "cut" | "fade" | "wipe";

export type VoicesState = { networks: { [key in string]: NetworkState }, blocked: Array<BlockedName>, };
