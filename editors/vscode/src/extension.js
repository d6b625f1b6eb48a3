// Starts `usql lsp` and connects the editor with it.

const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

async function start() {
  const settings = workspace.getConfiguration("usql");
  const [command, ...args] = settings.get("command");
  const languages = ["usql", ...settings.get("languages")];
  const options = {
    documentSelector: languages.map((language) => ({ language })),
    synchronize: { configurationSection: "usql" },
  };
  client = new LanguageClient("usql", "USQL", { command, args }, options);
  try {
    await client.start();
  } catch (error) {
    window.showErrorMessage(
      `The USQL language server did not start (${error.message}). ` +
        "Install it with: pip install 'usql-engine[lsp]', or set usql.command.",
    );
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running?.isRunning()) {
    await running.stop();
  }
}

async function activate(context) {
  const restart = commands.registerCommand("usql.restart", async () => {
    await stop();
    await start();
  });
  const changed = workspace.onDidChangeConfiguration((event) => {
    const chosen = ["usql.command", "usql.languages"];
    if (chosen.some((name) => event.affectsConfiguration(name))) {
      commands.executeCommand("usql.restart");
    }
  });
  context.subscriptions.push(restart, changed);
  await start();
}

module.exports = { activate, deactivate: stop };
