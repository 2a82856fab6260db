/** Questions in SQL that are of use as they stand, and to begin one's own from. */
export const SQL_QUESTIONS: readonly { readonly ask: string; readonly sql: string }[] = [
  {
    ask: "Who sent how much to where policy does not sanction",
    sql: `SELECT \`context.actor.name\` AS who, \`context.destination.name\` AS destination,
  count() AS events, sum(\`traffic.bytes_out\`) AS bytes_out, max(time) AS last
FROM activity
WHERE \`context.destination.verdict\` = 'unsanctioned'
GROUP BY who, destination
ORDER BY bytes_out DESC
LIMIT 100`,
  },
  {
    ask: "What arrives by hour and source",
    sql: `SELECT toStartOfHour(minute) AS hour, source, sum(events) AS events
FROM heartbeat FINAL
GROUP BY hour, source
ORDER BY hour DESC, events DESC
LIMIT 200`,
  },
  {
    ask: "Which rules hold most often, and for how many people",
    sql: `SELECT rule, count() AS matches, uniqExact(actor) AS people, min(time) AS first, max(time) AS last
FROM match FINAL
GROUP BY rule
ORDER BY matches DESC`,
  },
  {
    ask: "Destinations that one person alone uses",
    sql: `SELECT \`context.destination.name\` AS destination, any(\`context.actor.name\`) AS who, count() AS events
FROM activity
WHERE destination != '' AND \`context.actor.name\` != ''
GROUP BY destination
HAVING uniqExact(\`context.actor.name\`) = 1
ORDER BY events DESC
LIMIT 100`,
  },
  {
    ask: "Programs that speak to code hosts",
    sql: `SELECT \`process.file.path\` AS program, \`context.destination.host\` AS host, count() AS events
FROM activity
WHERE program != '' AND host != ''
GROUP BY program, host
ORDER BY events DESC
LIMIT 100`,
  },
  {
    ask: "Open incidents by day and severity",
    sql: `SELECT toDate(last_time) AS day, severity, count() AS incidents
FROM incident FINAL
WHERE superseded = 0
GROUP BY day, severity
ORDER BY day DESC, incidents DESC`,
  },
];
