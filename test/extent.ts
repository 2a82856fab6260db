/** How much the tests try: with SALLYPORT_TESTS=all, as `.ci/run` has it, everything; `npm test` makes do with a part. */
export const everything = process.env.SALLYPORT_TESTS === "all";
