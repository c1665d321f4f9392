import { useState } from 'react';
import type { FloorView } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { SelectField } from '../../shared/components/field.tsx';
import { Sheet } from '../../shared/components/sheet.tsx';
import { act } from '../../shared/device/act.ts';
import { useView } from '../../shared/device/use-view.ts';
import { workerWords } from '../../words/worker.ts';
import { placeText } from '../place-text.ts';
import { tellObstacle, undoBy } from '../undo.ts';
import type { ActionSheetProps } from './product-actions.tsx';

const words = workerWords.move;

const numbersTo = (last: number, present: string) => {
  const numbers = Array.from({ length: last }, (_, index) => String(index + 1));
  return (numbers.includes(present) ? numbers : [present, ...numbers]).map((value) => ({ value, label: value }));
};

export function MoveSheet({ view: { product, here }, onClose }: ActionSheetProps) {
  const { product_id, product_name } = product;
  const [place, setPlace] = useState({ ...here.location });
  const floor = useView<FloorView>('floor');
  const plan = floor.state === 'ready' ? floor.value : { aisles: [], shelvesPerAisle: 0, binsPerShelf: 0 };
  const isSame = (['aisle', 'shelf', 'bin'] as const).every((part) => place[part] === here.location[part]);
  const save = async () => {
    onClose();
    const { aisle, shelf, bin } = here.location;
    const done = () => ({
      text: words.done(placeText(place)),
      action: undoBy('move', { product_id, location: { aisle, shelf, bin } }),
    });
    const outcome = await act('move', { product_id, location: { ...place } }, done, ['product']);
    tellObstacle(outcome);
  };
  return (
    <Sheet
      title={words.title(product_name)}
      description={placeText(here.location)}
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" className="min-h-13 text-lg" disabled={isSame} onClick={save}>
          {words.save}
        </Button>
      }
    >
      <SelectField
        label={words.aisle}
        value={place.aisle}
        options={plan.aisles.map(({ aisle, holds }) => ({ value: aisle, label: `${aisle} · ${holds}` }))}
        onChange={(aisle) => setPlace({ ...place, aisle })}
      />
      <div className="mt-4 grid grid-cols-2 gap-4">
        <SelectField
          label={words.shelf}
          value={place.shelf}
          options={numbersTo(plan.shelvesPerAisle, place.shelf)}
          onChange={(shelf) => setPlace({ ...place, shelf })}
        />
        <SelectField
          label={words.bin}
          value={place.bin}
          options={numbersTo(plan.binsPerShelf, place.bin)}
          onChange={(bin) => setPlace({ ...place, bin })}
        />
      </div>
    </Sheet>
  );
}
