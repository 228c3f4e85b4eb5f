// Four worker threads that add up numbers and one that throws.
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');

function start(data) {
	return new Promise((resolve) => {
		const worker = new Worker(__filename, { workerData: data });
		worker.on('message', resolve);
		worker.on('error', (error) => resolve(error.message));
	});
}

async function main() {
	const counts = [1000, 2000, 3000, 4000, -1];
	console.log(await Promise.all(counts.map(start)));
}

if (isMainThread) {
	main();
} else {
	if (workerData < 0)
		throw new Error('on purpose');
	let sum = 0;
	for (let i = 0; i <= workerData; i++)
		sum += i;
	parentPort.postMessage(sum);
}
