// Lets a test call functions: reads calls as JSON lines, answers each with what the function returned or threw.
import { createInterface } from 'node:readline'

export async function serve(functions) {
  for await (const line of createInterface({ input: process.stdin })) {
    const call = JSON.parse(line)
    let answer
    try {
      answer = { returned: (await functions[call.function](call.arguments)) ?? null }
    } catch (error) {
      answer = { thrown: describe(error) }
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }
  process.exit(0)
}

function describe(error) {
  const { name, code, message, error: oauthError, error_description: description, status, cause, stack } = error
  return {
    name, code, message, error: oauthError, description, status, stack,
    cause: cause instanceof Error ? describe(cause) : cause instanceof Map ? Object.fromEntries(cause) : String(cause)
  }
}
