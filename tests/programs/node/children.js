// child_process in all its forms, with a child that crashes and one that is killed.
const child = require('child_process');
const { promisify } = require('util');

function finish(process) {
	return new Promise((resolve) => process.on('close', (code, signal) => resolve([code, signal])));
}

async function main() {
	console.log(child.execFileSync('/bin/echo', ['hello']).toString());
	console.log(child.execSync('cat', { input: 'given' }).toString());
	console.log((await promisify(child.exec)('echo out; echo err >&2')).stderr);
	const waiting = child.spawn('/bin/cat');
	waiting.stdout.once('data', (data) => {
		console.log(data.toString());
		waiting.kill();
	});
	waiting.stdin.write('running');
	console.log(await finish(waiting));
	console.log(await finish(child.spawn('/bin/sh', ['-c', 'exit 3'])));
	console.log(await finish(child.spawn('/bin/sh', ['-c', 'kill -SEGV $$'])));
	const forked = child.fork(__filename, ['forked']);
	forked.on('message', (text) => console.log(text));
	console.log(await finish(forked));
	const many = Array.from({ length: 20 }, () => finish(child.spawn('/bin/true')));
	console.log((await Promise.all(many)).filter(([code]) => code === 0).length);
}

if (process.argv[2] === 'forked')
	process.send('from the child', () => process.exit(4));
else
	main();
