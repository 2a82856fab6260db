/**
 * Functions that a question of people may call: those that read nothing but their arguments. The list is of what may be, not of what
 * may not: a newer engine's `file`, `url` or `getSetting` is refused without anybody having heard of it.
 */

/** Lower case; a pattern stands for a family that the engine keeps pure. */
const FAMILIES: readonly RegExp[] = [
  // aggregates
  /^(?:count|sum|avg|min|max|any|anyheavy|anylast|first_value|last_value|argmin|argmax|corr|entropy|skewpop|kurtpop)$/,
  /^(?:sumwithoverflow|sumkahan|sumcount|summap|minmap|maxmap|avgweighted|median|simplelinearregression|deltasum)$/,
  /^(?:uniq|uniqexact|uniqcombined|uniqcombined64|uniqhll12|uniqthetasketch|uniqupto)$/,
  /^(?:quantiles?(?:exact(?:low|high|weighted)?|timing|deterministic|tdigest|bfloat16)?|median(?:exact|timing|tdigest)?)$/,
  /^(?:grouparray(?:last|sorted|sample|insertat)?|groupuniqarray|groupbit(?:and|or|xor)|groupconcat|topk|topkweighted)$/,
  /^(?:stddev|var|covar)(?:pop|samp)(?:stable)?$/,
  /^(?:windowfunnel|retention|sequencematch|sequencecount|sequencenextnode|histogram|exponentialmovingaverage)$/,
  // windows
  /^(?:row_number|rank|dense_rank|percent_rank|ntile|lag|lead|laginframe|leadinframe|nth_value|cume_dist)$/,
  // dates
  /^to(?:year|quarter|month|week|day|hour|minute|second|start|monday|relative|last|date|datetime|time|unix|interval|iso|yyyymm|yearweek)[a-z0-9]*$/,
  /^(?:now|now64|today|yesterday|formatdatetime|datediff|datename|date_trunc|datetrunc|parsedatetime[a-z0-9]*|fromunixtimestamp[a-z0-9]*|age)$/,
  /^(?:add|subtract)(?:years|quarters|months|weeks|days|hours|minutes|seconds|milliseconds|date|interval)$/,
  /^(?:timeslot|timeslots|makedate|makedatetime|timediff|dateadd|datesub|date_add|date_sub|date_diff)$/,
  // conversions
  /^to(?:int|uint|float|decimal|string|fixedstring|uuid|ipv4|ipv6|typename|nullable|lowcardinality|bool)[a-z0-9]*$/,
  /^(?:cast|accuratecast(?:ornull|ordefault)?|reinterpretas[a-z0-9]*|hex|unhex|bin|char|ipv[46][a-z]*|isipv[46]string|isipaddressinrange)$/,
  // texts
  /^(?:length|lengthutf8|char_length|empty|notempty|lower|upper|lowerutf8|upperutf8|reverse|reverseutf8|concat|concatwithseparator|substring|substr|mid|substringutf8|substringindex|left|right|leftpad|rightpad|trim|trimleft|trimright|trimboth|ltrim|rtrim|repeat|format|ascii|startswith|endswith|startswithutf8|endswithutf8|appendtrailingcharifabsent)$/,
  /^(?:position|positioncaseinsensitive|positionutf8|positioncaseinsensitiveutf8|locate|countsubstrings[a-z]*|like|ilike|notlike|notilike|match|multisearch[a-z0-9]*|multimatch[a-z0-9]*|extract|extractall|extractallgroups[a-z]*|extractgroups|hastoken[a-z]*|replaceone|replaceall|replaceregexpone|replaceregexpall|replace|translate|translateutf8|splitby[a-z]*|alphatokens|tokens|ngrams?|regexpextract|countmatches[a-z]*|editdistance[a-z0-9]*|levenshteindistance[a-z0-9]*|jarowinklersimilarity|isvalidutf8|tovalidutf8|base64encode|base64decode|trybase64decode|soundex|normalizeutf8nfk?[cd])$/,
  /^(?:domain|domainwithoutwww|topleveldomain|firstsignificantsubdomain|cuttofirstsignificantsubdomain|protocol|port|path|pathfull|querystring|fragment|extracturlparameter[a-z]*|cutwww|cutquerystring|cutfragment|cutquerystringandfragment|cuturlparameter|decodeurlcomponent|encodeurlcomponent|urlhierarchy|urlpathhierarchy)$/,
  /^(?:json(?:extract[a-z]*|has|length|key|type|_value|_exists)|simplejson[a-z]*|visitparam[a-z]*|isvalidjson|tojsonstring)$/,
  // arrays, maps, tuples
  /^array[a-z0-9]*$/,
  /^(?:has|hasall|hasany|hassubstr|indexof|countequal|range|emptyarray[a-z0-9]*|map|mapkeys|mapvalues|mapcontains|mapcontainskeylike|mapfilter|mapapply|mapadd|mapsubtract|mapfromarrays|mapextractkeylike|tuple|tupleelement|untuple|in|notin|globalin|globalnotin|exists)$/,
  // conditions, numbers, hashes
  /^(?:if|multiif|ifnull|nullif|coalesce|isnull|isnotnull|isnullable|assumenotnull|ifnotfinite|isfinite|isinfinite|isnan|and|or|not|xor|equals|notequals|less|greater|lessorequals|greaterorequals|between|transform|least|greatest)$/,
  /^(?:abs|sign|round|roundbankers|floor|ceil|ceiling|trunc|truncate|sqrt|cbrt|exp|exp2|exp10|log|log2|log10|ln|pow|power|intdiv|intdivorzero|modulo|mod|moduloorzero|plus|minus|multiply|divide|negate|gcd|lcm|bitand|bitor|bitxor|bitnot|bitshiftleft|bitshiftright|bitcount|rounddown|roundtoexp2|roundduration|roundage|widthbucket|bar|formatreadable[a-z]*|sin|cos|tan|asin|acos|atan|atan2|pi|e|rand|rand32|rand64)$/,
  /^(?:siphash64|siphash128|cityhash64|xxhash32|xxhash64|murmurhash[a-z0-9_]*|farmhash64|halfmd5|md5|sha1|sha224|sha256|sha384|sha512|intHash32|inthash64|crc32)$/,
  /^(?:runningdifference|runningaccumulate|neighbor|rownumberinblock|rownumberinallblocks)$/,
  // types in casts
  /^(?:array|nullable|lowcardinality|map|tuple|decimal|decimal32|decimal64|decimal128|datetime|datetime64|fixedstring|enum8|enum16|nested)$/,
  // tables made of nothing
  /^(?:numbers|zeros)$/,
];

/** Behind the name of an aggregate: `countIf`, `sumArrayIf`. */
const COMBINATORS = /(?:if|array|map|distinct|ordefault|ornull|argmin|argmax|foreach|state|merge|resample)$/;

/** @param name as written */
export function isPureFunction(name: string): boolean {
  let rest = name.toLowerCase();
  for (let depth = 0; depth < 4; depth += 1) {
    if (FAMILIES.some((family) => family.test(rest))) return true;
    const shorter = rest.replace(COMBINATORS, "");
    if (shorter === rest || shorter === "") return false;
    rest = shorter;
  }
  return false;
}
