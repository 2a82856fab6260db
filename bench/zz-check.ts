import { checkSigma } from "../src/pipeline/detect/sigma/index.ts";
import { readdirSync, readFileSync } from "node:fs";
const dir="/work/shared/sigma/rules/"; const files=(readdirSync(dir,{recursive:true}) as string[]).filter(f=>f.endsWith(".yml")).map(f=>({file:f,text:readFileSync(dir+f,"utf8")}));
const {issues}=checkSigma(files); const c=new Map(); for(const i of issues){ const k=i.severity+" "+i.code; c.set(k,(c.get(k)??0)+1); if(c.get(k)<=6) console.log(k, i.place.file+":"+i.place.line+":"+i.place.column, i.message,"|",i.fix); } console.log(c);
