"""What huggingface_hub makes of a cache: answers a line of JSON with a line of JSON (see torch-python.ts)."""

import json
import os
import sys


def answer(job):
    import huggingface_hub as hub

    repo, kind = job["repo"], job["kind"]
    if job["do"] == "download":
        path = hub.snapshot_download(repo, repo_type=kind, cache_dir=job["cache"], endpoint=job["endpoint"])
        return {"path": path}
    path = hub.snapshot_download(repo, repo_type=kind, cache_dir=job["cache"], local_files_only=True)
    files = {}
    for folder, _, names in os.walk(path):
        for name in names:
            place = os.path.join(folder, name)
            relative = os.path.relpath(place, path)
            found = hub.try_to_load_from_cache(repo, relative, cache_dir=job["cache"], repo_type=kind)
            files[relative] = found == place and os.path.getsize(place)
    scan = hub.scan_cache_dir(job["cache"])
    return {
        "path": path,
        "files": files,
        "warnings": [str(warning) for warning in scan.warnings],
        "repos": sorted(f"{one.repo_type} {one.repo_id} {one.nb_files}" for one in scan.repos),
    }


for line in sys.stdin:
    print("answer " + json.dumps(answer(json.loads(line))), flush=True)
