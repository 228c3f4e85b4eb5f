// The event loop, files, timers, a stack overflow that is an exception.
const fs = require('fs/promises');

function descend() {
	return descend() + 1;
}

async function main() {
	await fs.writeFile('file', 'written');
	console.log((await fs.readFile('file')).toString());
	await new Promise((resolve) => setTimeout(resolve, 1));
	try {
		descend();
	} catch (error) {
		console.log(error.name);
	}
	process.on('SIGUSR2', () => {
		console.log('SIGUSR2');
		process.exit(7);
	});
	process.kill(process.pid, 'SIGUSR2');
	setTimeout(() => 0, 600000);
}

main();
