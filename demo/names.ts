/** Invented names. A company of up to about 3,000 people needs no number behind a name. */

export const FIRST_NAMES = [
  "Alma", "Bela", "Carla", "Dario", "Edda", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Katja", "Leon", "Mira", "Nils", "Olga", "Paul",
  "Rana", "Simon", "Tess", "Umut", "Vera", "Wanda", "Xenia", "Yann", "Zoe", "Anton", "Birgit", "Cora", "Duarte", "Elif", "Fiona", "Goran",
  "Hanna", "Ivan", "Joana", "Kemal", "Lucia", "Marta", "Nuno", "Oskar", "Petra", "Rui", "Sofia", "Tiago", "Ulla", "Vasco", "Willem", "Yara",
] as const;

export const LAST_NAMES = [
  "Adamek", "Brandt", "Correia", "Dorn", "Ekberg", "Falk", "Granz", "Hollmann", "Ivers", "Jahn", "Kessler", "Lorenz", "Matos", "Neves", "Oberle",
  "Pinto", "Quast", "Rehm", "Salgado", "Thoma", "Unger", "Voss", "Winkler", "Xavier", "Yilmaz", "Zander", "Arnold", "Baltes", "Cunha", "Decker",
  "Engel", "Faria", "Gerlach", "Heller", "Isik", "Jacobi", "Kranz", "Lobo", "Moreira", "Noack", "Ortmann", "Prado", "Reuter", "Sousa", "Tavares",
  "Ude", "Vidal", "Wolters", "Zeller", "Albers", "Bastos", "Conrad", "Domke", "Esteves", "Fuchs", "Gaspar", "Harms", "Imhof", "Junker", "Kohl",
] as const;

/** Repositories of the organisation, named for what a payment company would build. */
export const REPOSITORY_SUBJECTS = [
  "ledger", "payments", "checkout", "billing", "identity", "gateway", "settlement", "reporting", "fraud", "onboarding", "notifications", "console",
  "mobile", "search", "pricing", "catalogue", "scheduler", "audit", "exports", "webhooks",
] as const;

export const REPOSITORY_KINDS = ["api", "web", "worker", "infra", "sdk"] as const;

/** Sites of the world outside that people read; none of them has anything to do with code. */
export const PUBLIC_SITES = [
  "news.daily-paper.example", "weather.sky-watch.example", "tickets.north-rail.example", "maps.world-atlas.example", "video.meet-room.example",
  "bank.river-savings.example", "shop.office-goods.example", "travel.fair-hotels.example", "forum.home-craft.example", "learn.open-course.example",
  "crm.customer-hub.example", "payroll.people-desk.example", "tax.state-portal.example", "search.find-it.example", "social.town-square.example",
  "cdn.fast-edge.example", "fonts.fast-edge.example", "stats.page-counter.example", "mail.post-box.example", "translate.word-bridge.example",
  "cloud.file-drawer.example", "design.sketch-pad.example", "tasks.plan-board.example", "survey.ask-all.example", "music.sound-wave.example",
  "podcast.ear-time.example", "recipes.good-pot.example", "sport.league-table.example", "health.care-point.example", "jobs.next-step.example",
] as const;
